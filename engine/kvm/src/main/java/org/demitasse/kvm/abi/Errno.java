package org.demitasse.kvm.abi;

/** Error numbers of Linux on x86-64 that this engine meets. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int EMFILE = 24;
  public static final int ENOTTY = 25;
  public static final int ENOSYS = 38;

  private Errno() {}

  /** What an error number means, for a sentence. */
  public static String meaning(int errno) {
    return switch (errno) {
      case EPERM -> "not permitted";
      case ENOENT -> "no such file";
      case EINTR -> "interrupted";
      case ENXIO, ENODEV -> "no such device";
      case E2BIG -> "list too long";
      case EAGAIN -> "try again";
      case ENOMEM -> "out of memory";
      case EACCES -> "permission denied";
      case EFAULT -> "bad address";
      case EBUSY -> "busy: another hypervisor may hold the CPU's virtualisation";
      case EEXIST -> "exists already";
      case EINVAL -> "invalid argument";
      case EMFILE -> "too many open files";
      case ENOTTY -> "unknown request";
      case ENOSYS -> "not implemented";
      default -> "error " + errno;
    };
  }
}
