package org.demitasse.cpu.system;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.vcpu.LocalApicPort;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.CpuEnvironment;
import org.demitasse.cpu.state.SystemRegisters;

/**
 * CPUID: what the CPU offers is exactly what works (Intel SDM vol. 2, CPUID). The clock leaves 0x15, 0x16 and
 * 0x40000010 say 1 GHz, so that nobody has to calibrate.
 */
public final class Cpuid {
  /** Width of a physical address. */
  public static final int PHYSICAL_ADDRESS_BITS = 40;

  private static final int LINEAR_ADDRESS_BITS = 48;
  private static final int HIGHEST_BASIC = 0x16;
  private static final int HYPERVISOR = 0x4000_0000;
  private static final int HIGHEST_HYPERVISOR = 0x4000_0010;
  private static final int EXTENDED = 0x8000_0000;
  private static final int HIGHEST_EXTENDED = 0x8000_0008;
  private static final String HYPERVISOR_SIGNATURE = "KVMKVMKVM\0\0\0";
  private static final long APIC_GLOBAL_ENABLE = 1 << 11;
  private static final int EDX_APIC = 1 << 9;
  private static final int ECX_OSXSAVE = 1 << 27;

  /**
   * SSE3, PCLMULQDQ, SSSE3, CMPXCHG16B, PCID, SSE4.1, SSE4.2, x2APIC, MOVBE, POPCNT, TSC-deadline, AES, XSAVE, RDRAND,
   * hypervisor.
   */
  private static final int FEATURES_ECX = 1 | bits(1, 9, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 30, 31);

  /**
   * FPU, DE, PSE, TSC, MSR, PAE, MCE, CX8, APIC, SEP, MTRR, PGE, MCA, CMOV, PAT, PSE-36, CLFSH, MMX, FXSR, SSE, SSE2.
   */
  private static final int FEATURES_EDX =
      bits(0, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 23, 24, 25, 26);

  private static final int EDX_HTT = 1 << 28;

  /** FSGSBASE, TSC_ADJUST, BMI1, SMEP, BMI2, ERMS, INVPCID, RDSEED, SMAP, CLFLUSHOPT, CLWB, SHA. */
  private static final int STRUCTURED_EBX = bits(0, 1, 3, 7, 8, 9, 10, 18, 20, 23, 24, 29);

  /** UMIP. */
  private static final int STRUCTURED_ECX = bits(2);

  /** Fast short REP MOVS, ARCH_CAPABILITIES. */
  private static final int STRUCTURED_EDX = bits(4, 29);

  /** LAHF, LZCNT, PREFETCHW. */
  private static final int EXTENDED_ECX = bits(0, 5, 8);

  /** SYSCALL, NX, 1-GiB pages, RDTSCP, long mode. */
  private static final int EXTENDED_EDX = bits(11, 20, 26, 27, 29);

  /** kvmclock by old and new MSRs, no I/O delay, stable. */
  private static final int KVM_FEATURES = bits(0, 1, 3, 24);

  private final CpuModel model;
  private final int count;

  /** Makes the leaves of a machine of {@code count} vCPUs, one thread to a core, one package. */
  public Cpuid(CpuModel model, int count) {
    this.model = model;
    this.count = count;
  }

  private static int bits(int... numbers) {
    int word = 0;
    for (int number : numbers) {
      word |= 1 << number;
    }
    return word;
  }

  /** The instruction. The bits that mirror CR4 and the APIC are added here. */
  static void execute(Cpu cpu, SystemOp op) {
    CpuEnvironment environment = cpu.environment;
    int leaf = (int) cpu.gpr[Cpu.RAX];
    int[] words = environment.cpuid(leaf, (int) cpu.gpr[Cpu.RCX]);
    if (leaf == 1) {
      mirrorState(cpu, environment.apic(), words);
    }
    cpu.gpr[Cpu.RAX] = words[0] & 0xffff_ffffL;
    cpu.gpr[Cpu.RBX] = words[1] & 0xffff_ffffL;
    cpu.gpr[Cpu.RCX] = words[2] & 0xffff_ffffL;
    cpu.gpr[Cpu.RDX] = words[3] & 0xffff_ffffL;
  }

  private static void mirrorState(Cpu cpu, LocalApicPort apic, int[] words) {
    if ((cpu.sys.cr4 & SystemRegisters.CR4_OSXSAVE) != 0) {
      words[2] |= ECX_OSXSAVE;
    }
    if ((apic.apicBase() & APIC_GLOBAL_ENABLE) == 0) {
      words[3] &= ~EDX_APIC;
    }
  }

  /** EAX, EBX, ECX, EDX of a leaf as one vCPU sees it; a leaf beyond the last is as the last basic one. */
  public int[] leaf(int leaf, int subleaf, int apicId) {
    if (Integer.compareUnsigned(leaf, EXTENDED) >= 0 && Integer.compareUnsigned(leaf, HIGHEST_EXTENDED) <= 0) {
      return extended(leaf);
    }
    if (leaf >= HYPERVISOR && leaf <= HIGHEST_HYPERVISOR) {
      return hypervisor(leaf);
    }
    return Integer.compareUnsigned(leaf, HIGHEST_BASIC) <= 0
        ? basic(leaf, subleaf, apicId)
        : basic(HIGHEST_BASIC, subleaf, apicId);
  }

  private static int[] words(int eax, int ebx, int ecx, int edx) {
    return new int[] {eax, ebx, ecx, edx};
  }

  private int[] basic(int leaf, int subleaf, int apicId) {
    return switch (leaf) {
      case 0 -> words(HIGHEST_BASIC, text(model.vendor(), 0), text(model.vendor(), 8), text(model.vendor(), 4));
      case 1 -> features(apicId);
      case 2 -> words(0xff01, 0, 0, 0); // "see leaf 4"
      case 4 -> cache(subleaf);
      case 6 -> words(bits(2), 0, 0, 0); // ARAT
      case 7 -> subleaf == 0 ? words(0, STRUCTURED_EBX, STRUCTURED_ECX, STRUCTURED_EDX) : words(0, 0, 0, 0);
      case 0xb -> topology(subleaf, apicId);
      case 0xd -> xsave(subleaf);
      case 0x15 -> words(1, 1, GuestClock.FREQUENCY_KHZ * 1000, 0);
      case 0x16 -> words(1000, 1000, 100, 0);
      default -> words(0, 0, 0, 0);
    };
  }

  private int[] features(int apicId) {
    int logical = Math.min(255, 1 << topologyShift());
    return words(
        model.signature(),
        8 << 8 | (count > 1 ? logical << 16 : 1 << 16) | apicId << 24,
        FEATURES_ECX,
        FEATURES_EDX | (count > 1 ? EDX_HTT : 0));
  }

  /** Bits of the APIC ID that number cores. */
  private int topologyShift() {
    return 32 - Integer.numberOfLeadingZeros(count - 1);
  }

  /** L1 data, L1 instruction, L2, L3: 64-byte lines; the last is shared by all. */
  private int[] cache(int subleaf) {
    int cores = Math.min(63, (1 << topologyShift()) - 1) << 26;
    int sharing = Math.min(4095, (1 << topologyShift()) - 1) << 14;
    return switch (subleaf) {
      case 0 -> words(cores | 0x121, 63 | 7 << 22, 63, 0);
      case 1 -> words(cores | 0x122, 63 | 7 << 22, 63, 0);
      case 2 -> words(cores | 0x143, 63 | 15 << 22, 1023, 0);
      case 3 -> words(cores | sharing | 0x163, 63 | 15 << 22, 8191, 0);
      default -> words(0, 0, 0, 0);
    };
  }

  private int[] topology(int subleaf, int apicId) {
    return switch (subleaf) {
      case 0 -> words(0, 1, 1 << 8, apicId);
      case 1 -> words(topologyShift(), count, 1 | 2 << 8, apicId);
      default -> words(0, 0, subleaf & 0xff, apicId);
    };
  }

  /** x87 and SSE only: 512 bytes and the header. XSAVEOPT. */
  private static int[] xsave(int subleaf) {
    return switch (subleaf) {
      case 0 -> words(3, 576, 576, 0);
      case 1 -> words(1, 0, 0, 0);
      default -> words(0, 0, 0, 0);
    };
  }

  private static int[] hypervisor(int leaf) {
    return switch (leaf) {
      case HYPERVISOR ->
          words(
              HIGHEST_HYPERVISOR,
              text(HYPERVISOR_SIGNATURE, 0),
              text(HYPERVISOR_SIGNATURE, 4),
              text(HYPERVISOR_SIGNATURE, 8));
      case HYPERVISOR + 1 -> words(KVM_FEATURES, 0, 0, 0);
      case HIGHEST_HYPERVISOR -> words(GuestClock.FREQUENCY_KHZ, GuestClock.FREQUENCY_KHZ, 0, 0);
      default -> words(0, 0, 0, 0);
    };
  }

  private int[] extended(int leaf) {
    return switch (leaf & 0xff) {
      case 0 -> words(HIGHEST_EXTENDED, 0, 0, 0);
      case 1 -> words(0, 0, EXTENDED_ECX, EXTENDED_EDX);
      case 2, 3, 4 -> brand((leaf & 0xff) - 2);
      case 6 -> words(0, 0, 0x0400_8040, 0); // L2: 1 MiB, 16 ways, 64-byte lines
      case 7 -> words(0, 0, 0, bits(8)); // invariant TSC
      case 8 -> words(PHYSICAL_ADDRESS_BITS | LINEAR_ADDRESS_BITS << 8, 0, 0, 0);
      default -> words(0, 0, 0, 0);
    };
  }

  private int[] brand(int part) {
    String padded = model.brand() + "\0".repeat(48 - model.brand().length());
    return words(
        text(padded, part * 16),
        text(padded, part * 16 + 4),
        text(padded, part * 16 + 8),
        text(padded, part * 16 + 12));
  }

  private static int text(String text, int from) {
    byte[] bytes = Arrays.copyOfRange(text.getBytes(StandardCharsets.ISO_8859_1), from, from + 4);
    return bytes[0] & 0xff | (bytes[1] & 0xff) << 8 | (bytes[2] & 0xff) << 16 | (bytes[3] & 0xff) << 24;
  }
}
