package org.demitasse.kvm;

import org.demitasse.kvm.abi.Errno;

/** The host's KVM refused. The message is one sentence, for the user. */
final class KvmException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  KvmException(String sentence) {
    super(sentence);
  }

  /**
   * Checks the result of a call.
   *
   * @return the result, if it is not negative
   * @throws KvmException if it is a negative error number
   */
  static int require(int result, String request) {
    if (result < 0) {
      throw new KvmException("KVM refused %s: %s".formatted(request, Errno.meaning(-result)));
    }
    return result;
  }
}
