package org.demitasse.kvm.abi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.demitasse.core.memory.HostMemory;

/**
 * The C library's functions that this engine calls, and scratch memory for their arguments. An object belongs to one
 * thread at a time: what a call leaves in errno is kept in it.
 *
 * <p>A failed call gives the negative error number, as the kernel itself does.
 */
public class LibC implements AutoCloseable {
  /** Bytes of scratch memory. */
  public static final int SCRATCH_BYTES = 16 << 10;

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO = CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout LONG = ValueLayout.JAVA_LONG;

  /**
   * Six integer registers in, one out: the shape of every function here on x86-64 (System V ABI 3.2.3), which takes no
   * notice of registers that it has no parameter for. One shape is linked once and called in one place. An int result
   * is the lower half.
   */
  private static final FunctionDescriptor SIX_REGISTERS =
      FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG);

  private static final MethodHandle OPEN = handle("open");
  private static final MethodHandle CLOSE = handle("close");
  private static final MethodHandle IOCTL = handle("ioctl");
  private static final MethodHandle MMAP = handle("mmap");
  private static final MethodHandle MUNMAP = handle("munmap");
  private static final MethodHandle SIGACTION = handle("sigaction");
  private static final MethodHandle PTHREAD_SELF = handle("pthread_self");
  private static final MethodHandle PTHREAD_KILL = handle("pthread_kill");
  private static final MethodHandle PTHREAD_SIGMASK = handle("pthread_sigmask");

  private final HostMemory.Block block = HostMemory.allocate(SCRATCH_BYTES + CAPTURE.byteSize());
  private final MemorySegment capture = captureAt(block.address() + SCRATCH_BYTES);

  /** Allocates the scratch memory. */
  public LibC() {}

  @SuppressWarnings("restricted") // functions of the C library that take at most six integers or addresses
  private static MethodHandle handle(String name) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name), SIX_REGISTERS, Linker.Option.captureCallState("errno"));
  }

  @SuppressWarnings("restricted") // the last bytes of the block that this object itself allocated
  private static MemorySegment captureAt(long address) {
    return MemorySegment.ofAddress(address).reinterpret(CAPTURE.byteSize());
  }

  /** Address of a C function, to be pointed to and never called from here. */
  public static long addressOf(String function) {
    return LINKER.defaultLookup().findOrThrow(function).address();
  }

  /** Address of {@link #SCRATCH_BYTES} of memory for arguments, page-aligned; what it holds is the caller's. */
  public long scratch() {
    return block.address();
  }

  /** The scratch memory, its first bytes zeroed. */
  public long cleared(int bytes) {
    HostMemory.fill(block.address(), bytes, (byte) 0);
    return block.address();
  }

  /** Calls a function. A C function throws nothing, the JVM at most an Error. */
  private long call(MethodHandle function, long a, long b, long c, long d, long e, long f) {
    try {
      return (long) function.invokeExact(capture, a, b, c, d, e, f);
    } catch (RuntimeException | Error ours) {
      throw ours;
    } catch (Throwable impossible) { // what invokeExact declares
      throw new IllegalStateException(impossible);
    }
  }

  private int call(MethodHandle function, long a, long b, long c) {
    return (int) call(function, a, b, c, 0, 0, 0);
  }

  private int result(int value) {
    return value >= 0 ? value : -HostMemory.getInt(capture.address() + ERRNO);
  }

  /** open(2) of a path at an address. */
  public int open(long path, int flags) {
    return result(call(OPEN, path, flags, 0));
  }

  /** close(2). */
  public int close(int descriptor) {
    return result(call(CLOSE, descriptor, 0, 0));
  }

  /** ioctl(2) with a number or an address as its argument. */
  public int ioctl(int descriptor, long request, long argument) {
    return result(call(IOCTL, descriptor, request, argument));
  }

  /** mmap(2) of a descriptor, readable, writable and shared, from its start; an address, or a negative error number. */
  public long mapShared(int descriptor, long bytes) {
    long address = call(MMAP, 0, bytes, PROT_READ_WRITE, MAP_SHARED, descriptor, 0);
    return address != -1 ? address : result(-1);
  }

  /** munmap(2). */
  public int unmap(long address, long bytes) {
    return result(call(MUNMAP, address, bytes, 0));
  }

  /** sigaction(2); addresses of struct sigaction, or 0. */
  public int sigaction(int signal, long action, long old) {
    return result(call(SIGACTION, signal, action, old));
  }

  /** pthread_self(3). */
  public long pthreadSelf() {
    return call(PTHREAD_SELF, 0, 0, 0, 0, 0, 0);
  }

  /** pthread_kill(3) of a thread that has not ended; 0 or a positive error number. */
  public int pthreadKill(long thread, int signal) {
    return call(PTHREAD_KILL, thread, signal, 0);
  }

  /** pthread_sigmask(3); 0 or a positive error number. */
  public int pthreadSigmask(int how, long set, long old) {
    return call(PTHREAD_SIGMASK, how, set, old);
  }

  @Override
  public void close() {
    HostMemory.free(block);
  }
}
