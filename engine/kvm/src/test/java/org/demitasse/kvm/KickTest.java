package org.demitasse.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.demitasse.kvm.abi.Requests.KVM_RUN;
import static org.demitasse.kvm.abi.Structures.*;

import java.nio.file.Path;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.clock.HostClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.kvm.abi.Errno;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A kick that comes at the worst moment, every time: while an imagined kernel leaves the guest for good. */
@Timeout(30)
class KickTest {
  private static final int POWER = 0x604;

  @TempDir private Path folder;

  private final FakeSystem system = new FakeSystem();
  private final Bus ports = new Bus("port");
  private Engine.Running running;

  @BeforeEach
  void make() {
    Engine.Wiring wiring =
        new Engine.Wiring(
            new GuestMemory(0x1_0000),
            new Bus("memory"),
            ports,
            new HostClock(),
            1,
            index -> {
              throw new AssertionError();
            },
            0);
    running = new KvmEngine(system.device(folder.resolve("kvm"))).create(wiring);
  }

  @Test
  void aTripleFaultInTheMomentOfAKickIsATripleFault() {
    system.exits(run -> {
      running.kick();
      HostMemory.putInt(run + KVM_RUN__EXIT_REASON, KVM_EXIT_SHUTDOWN);
    });
    assertThat(running.run()).isEqualTo(ExitReason.TRIPLE_FAULT);
    assertThat(running.stopped().index()).isZero();
  }

  @Test
  void aPowerOffInTheMomentOfAKickIsAPowerOff() {
    ports.map("power", POWER, 1, new Power());
    system.exits(run -> {
      HostMemory.putInt(run + KVM_RUN__EXIT_REASON, KVM_EXIT_IO);
      HostMemory.putByte(run + KVM_RUN__IO__DIRECTION, (byte) KVM_EXIT_IO_OUT);
      HostMemory.putByte(run + KVM_RUN__IO__SIZE, (byte) 1);
      HostMemory.putShort(run + KVM_RUN__IO__PORT, (short) POWER);
      HostMemory.putInt(run + KVM_RUN__IO__COUNT, 1);
      HostMemory.putLong(run + KVM_RUN__IO__DATA_OFFSET, 2048);
    });
    assertThat(running.run()).isEqualTo(ExitReason.SHUTDOWN);
  }

  @Test
  void aKickAloneIsAKick() {
    system.answer(
        KVM_RUN,
        argument -> {
          running.kick();
          return -Errno.EINTR;
        });
    assertThat(running.run()).isEqualTo(ExitReason.KICKED);
  }

  /** Somebody kicks while the guest powers off. */
  private final class Power implements BusDevice {
    @Override
    public long read(long offset, int size) {
      return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
      system.answer(KVM_RUN, argument -> -Errno.EINTR); // the access is completed, and no entry after it
      running.kick();
      running.stop(ExitReason.SHUTDOWN);
    }
  }
}
