package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Structures.*;

import org.demitasse.kvm.abi.Errno;

/** Sentences about exits of KVM that end a machine, and what usually causes them. */
final class ExitExplanation {
  private static final int MAX_INSTRUCTION = 15;

  private ExitExplanation() {}

  /** KVM_RUN itself failed. */
  static String ofError(int errno) {
    return switch (errno) {
      case Errno.EFAULT -> "KVM could not reach the guest's memory: the host may have none left";
      case Errno.ENOMEM -> "KVM ran out of the host's memory";
      default -> "KVM_RUN failed: " + Errno.meaning(errno);
    };
  }

  /** An exit that this engine cannot serve. */
  static String of(int reason, KvmVcpu vcpu) {
    return switch (reason) {
      case KVM_EXIT_INTERNAL_ERROR -> internalError(vcpu);
      case KVM_EXIT_FAIL_ENTRY ->
          "the CPU refused to enter the guest (hardware reason 0x%x): the state of the vCPU is not one that this CPU can have"
              .formatted(vcpu.runLong(KVM_RUN__FAIL_ENTRY__HARDWARE_ENTRY_FAILURE_REASON));
      case KVM_EXIT_UNKNOWN ->
          "KVM does not know why the CPU left the guest (hardware reason 0x%x)"
              .formatted(vcpu.runLong(KVM_RUN__HW__HARDWARE_EXIT_REASON));
      default -> "KVM left the guest for a reason that this program does not know: " + reason;
    };
  }

  private static String internalError(KvmVcpu vcpu) {
    int suberror = vcpu.runInt(KVM_RUN__INTERNAL__SUBERROR);
    return switch (suberror) {
      case KVM_INTERNAL_ERROR_EMULATION ->
          "KVM cannot emulate the guest's instruction%s: usually the guest has jumped to where there is no memory, or it"
                  .formatted(instruction(vcpu))
              + " uses on a device's registers an instruction that KVM lacks";
      case KVM_INTERNAL_ERROR_SIMUL_EX -> "KVM met two exceptions at once that it cannot combine";
      case KVM_INTERNAL_ERROR_DELIVERY_EV ->
          "KVM could not deliver an exception or interrupt: usually the guest's interrupt table or stack is not in"
              + " memory";
      case KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON ->
          "the CPU left the guest for a reason that KVM does not expect (0x%x)"
              .formatted(vcpu.runInt(KVM_RUN__INTERNAL__NDATA) > 0 ? vcpu.runLong(KVM_RUN__INTERNAL__DATA) : -1);
      default -> "KVM reports an internal error with the unknown number " + suberror;
    };
  }

  /** The bytes of the instruction, where the kernel tells them (Linux 5.13). */
  private static String instruction(KvmVcpu vcpu) {
    boolean told =
        vcpu.runInt(KVM_RUN__INTERNAL__NDATA) >= 2
            && (vcpu.runLong(KVM_RUN__EMULATION_FAILURE__FLAGS) & KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES)
                != 0;
    int length = told ? Math.min(MAX_INSTRUCTION, vcpu.runByte(KVM_RUN__EMULATION_FAILURE__INSN_SIZE)) : 0;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(i == 0 ? " (bytes " : " ");
      text.append("%02x".formatted(vcpu.runByte(KVM_RUN__EMULATION_FAILURE__INSN_BYTES + (long) i)));
    }
    return length == 0 ? "" : text.append(')').toString();
  }
}
