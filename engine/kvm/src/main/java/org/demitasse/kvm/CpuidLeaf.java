package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Structures.KVM_CPUID_ENTRY2__EAX;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID_ENTRY2__EBX;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID_ENTRY2__ECX;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID_ENTRY2__EDX;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID_ENTRY2__FLAGS;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID_ENTRY2__FUNCTION;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID_ENTRY2__INDEX;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID_FLAG_SIGNIFCANT_INDEX;

import org.demitasse.core.memory.HostMemory;

/**
 * One leaf of CPUID.
 *
 * @param function EAX of the question
 * @param index ECX of the question
 * @param flags whether the index matters
 * @param eax EAX of the answer
 * @param ebx EBX
 * @param ecx ECX
 * @param edx EDX
 */
record CpuidLeaf(int function, int index, int flags, int eax, int ebx, int ecx, int edx) {
  /** A leaf without sub-leaves. */
  static CpuidLeaf of(int function, int eax, int ebx, int ecx, int edx) {
    return new CpuidLeaf(function, 0, 0, eax, ebx, ecx, edx);
  }

  /** A sub-leaf. */
  static CpuidLeaf sub(int function, int index, int eax, int ebx, int ecx, int edx) {
    return new CpuidLeaf(function, index, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, eax, ebx, ecx, edx);
  }

  /** The same question with another answer. */
  CpuidLeaf with(int newEax, int newEbx, int newEcx, int newEdx) {
    return new CpuidLeaf(function, index, flags, newEax, newEbx, newEcx, newEdx);
  }

  static CpuidLeaf read(long entry) {
    return new CpuidLeaf(
        HostMemory.getInt(entry + KVM_CPUID_ENTRY2__FUNCTION),
        HostMemory.getInt(entry + KVM_CPUID_ENTRY2__INDEX),
        HostMemory.getInt(entry + KVM_CPUID_ENTRY2__FLAGS),
        HostMemory.getInt(entry + KVM_CPUID_ENTRY2__EAX),
        HostMemory.getInt(entry + KVM_CPUID_ENTRY2__EBX),
        HostMemory.getInt(entry + KVM_CPUID_ENTRY2__ECX),
        HostMemory.getInt(entry + KVM_CPUID_ENTRY2__EDX));
  }

  void write(long entry) {
    HostMemory.putInt(entry + KVM_CPUID_ENTRY2__FUNCTION, function);
    HostMemory.putInt(entry + KVM_CPUID_ENTRY2__INDEX, index);
    HostMemory.putInt(entry + KVM_CPUID_ENTRY2__FLAGS, flags);
    HostMemory.putInt(entry + KVM_CPUID_ENTRY2__EAX, eax);
    HostMemory.putInt(entry + KVM_CPUID_ENTRY2__EBX, ebx);
    HostMemory.putInt(entry + KVM_CPUID_ENTRY2__ECX, ecx);
    HostMemory.putInt(entry + KVM_CPUID_ENTRY2__EDX, edx);
  }
}
