package org.demitasse.gdb;

import java.util.Arrays;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Vcpu;

/** RAM as one vCPU sees it, or by physical address. Devices are never touched: reading one may change it. */
final class DebuggedMemory {
  private static final int PAGE = 4096;

  private final GuestMemory memory;
  private boolean physical;

  DebuggedMemory(GuestMemory memory) {
    this.memory = memory;
  }

  /** Chooses physical addresses for everything that follows, or those of the vCPU. */
  void setPhysical(boolean on) {
    physical = on;
  }

  /** Reads up to {@code count} bytes: as many as there are before something else than RAM. */
  byte[] read(Vcpu vcpu, long address, int count) {
    byte[] bytes = new byte[count];
    int done = 0;
    while (done < count) {
      long at = address + done;
      int size = (int) Math.min(count - done, PAGE - (at & PAGE - 1));
      long gpa = gpa(vcpu, at);
      if (gpa == -1 || !memory.contains(gpa, size)) {
        return Arrays.copyOf(bytes, done);
      }
      System.arraycopy(memory.readBytes(gpa, size), 0, bytes, done, size);
      done += size;
    }
    return bytes;
  }

  /** Writes all bytes, or none if some of it is not RAM. */
  boolean write(Vcpu vcpu, long address, byte[] bytes) {
    for (int done = 0; done < bytes.length; done += sizeAt(address, done, bytes.length)) {
      long gpa = gpa(vcpu, address + done);
      if (gpa == -1 || !memory.contains(gpa, sizeAt(address, done, bytes.length))) {
        return false;
      }
    }
    for (int done = 0; done < bytes.length; done += sizeAt(address, done, bytes.length)) {
      int size = sizeAt(address, done, bytes.length);
      memory.writeBytes(gpa(vcpu, address + done), Arrays.copyOfRange(bytes, done, done + size));
    }
    return true;
  }

  private static int sizeAt(long address, int done, int count) {
    return (int) Math.min(count - done, PAGE - (address + done & PAGE - 1));
  }

  private long gpa(Vcpu vcpu, long address) {
    return physical ? address : vcpu.debug().translate(address);
  }
}
