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
public final class LibC implements AutoCloseable {
  /** Bytes of scratch memory. */
  public static final int SCRATCH_BYTES = 16 << 10;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO = CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout INT = ValueLayout.JAVA_INT;
  private static final ValueLayout LONG = ValueLayout.JAVA_LONG;
  private static final Linker.Option ERRNO_KEPT = Linker.Option.captureCallState("errno");

  private static final MethodHandle OPEN =
      handle("open", FunctionDescriptor.of(INT, LONG, INT), ERRNO_KEPT, Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(INT, INT), ERRNO_KEPT);
  private static final MethodHandle IOCTL =
      handle("ioctl", FunctionDescriptor.of(INT, INT, LONG, LONG), ERRNO_KEPT, Linker.Option.firstVariadicArg(2));
  private static final MethodHandle MMAP =
      handle("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG), ERRNO_KEPT);
  private static final MethodHandle MUNMAP = handle("munmap", FunctionDescriptor.of(INT, LONG, LONG), ERRNO_KEPT);
  private static final MethodHandle SIGACTION =
      handle("sigaction", FunctionDescriptor.of(INT, INT, LONG, LONG), ERRNO_KEPT);
  private static final MethodHandle PTHREAD_SELF = handle("pthread_self", FunctionDescriptor.of(LONG));
  private static final MethodHandle PTHREAD_KILL = handle("pthread_kill", FunctionDescriptor.of(INT, LONG, INT));
  private static final MethodHandle PTHREAD_SIGMASK =
      handle("pthread_sigmask", FunctionDescriptor.of(INT, INT, LONG, LONG));

  private final HostMemory.Block block = HostMemory.allocate(SCRATCH_BYTES + CAPTURE.byteSize());
  private final MemorySegment capture = captureAt(block.address() + SCRATCH_BYTES);

  /** Allocates the scratch memory. */
  public LibC() {}

  @SuppressWarnings("restricted") // functions of the C library with the signatures that POSIX gives them
  private static MethodHandle handle(String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
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

  private int result(int value) {
    return value >= 0 ? value : -HostMemory.getInt(capture.address() + ERRNO);
  }

  /** open(2) of a path at an address. */
  public int open(long path, int flags) {
    try {
      return result((int) OPEN.invokeExact(capture, path, flags));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** close(2). */
  public int close(int descriptor) {
    try {
      return result((int) CLOSE.invokeExact(capture, descriptor));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** ioctl(2) with a number or an address as its argument. */
  public int ioctl(int descriptor, long request, long argument) {
    try {
      return result((int) IOCTL.invokeExact(capture, descriptor, request, argument));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** mmap(2) of a descriptor, readable, writable and shared, from its start; an address, or a negative error number. */
  public long mapShared(int descriptor, long bytes) {
    try {
      long address = (long) MMAP.invokeExact(capture, 0L, bytes, 3, 1, descriptor, 0L);
      return address != -1 ? address : result(-1);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** munmap(2). */
  public int unmap(long address, long bytes) {
    try {
      return result((int) MUNMAP.invokeExact(capture, address, bytes));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** sigaction(2); addresses of struct sigaction, or 0. */
  public int sigaction(int signal, long action, long old) {
    try {
      return result((int) SIGACTION.invokeExact(capture, signal, action, old));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** pthread_self(3). */
  public static long pthreadSelf() {
    try {
      return (long) PTHREAD_SELF.invokeExact();
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** pthread_kill(3) of a thread that has not ended; 0 or a positive error number. */
  public static int pthreadKill(long thread, int signal) {
    try {
      return (int) PTHREAD_KILL.invokeExact(thread, signal);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** pthread_sigmask(3); 0 or a positive error number. */
  public static int pthreadSigmask(int how, long set, long old) {
    try {
      return (int) PTHREAD_SIGMASK.invokeExact(how, set, old);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** invokeExact declares Throwable; a C function throws nothing, the JVM at most an Error. */
  private static RuntimeException unexpected(Throwable thrown) {
    if (thrown instanceof Error ours) {
      throw ours;
    }
    return thrown instanceof RuntimeException runtime ? runtime : new IllegalStateException(thrown);
  }

  @Override
  public void close() {
    HostMemory.free(block);
  }
}
