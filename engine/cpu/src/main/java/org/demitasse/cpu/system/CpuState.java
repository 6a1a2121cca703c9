package org.demitasse.cpu.system;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.core.vcpu.VcpuState.Activity;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.fpu.ExtendedState;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;

/** Copies a CPU's registers to and from the engine-independent {@link VcpuState}. */
public final class CpuState {
  private static final int[] SAVED = {
    ModelSpecific.APIC_BASE, ModelSpecific.TSC_ADJUST, ModelSpecific.TSC_DEADLINE, ModelSpecific.BIOS_SIGN_ID,
    ModelSpecific.SYSENTER_CS, ModelSpecific.SYSENTER_ESP, ModelSpecific.SYSENTER_EIP, ModelSpecific.MCG_STATUS,
    ModelSpecific.MISC_ENABLE, ModelSpecific.PAT, ModelSpecific.MTRR_DEF_TYPE, ModelSpecific.KVM_WALL_CLOCK_NEW,
    ModelSpecific.KVM_SYSTEM_TIME_NEW, ModelSpecific.EFER, ModelSpecific.STAR, ModelSpecific.LSTAR,
    ModelSpecific.CSTAR, ModelSpecific.FMASK, ModelSpecific.KERNEL_GS_BASE, ModelSpecific.TSC_AUX
  };

  private CpuState() {}

  /** Takes a copy. The TSC follows from the clock and IA32_TSC_ADJUST. */
  public static VcpuState save(Cpu cpu) {
    Segment[] segments = new Segment[6];
    for (int number = 0; number < 6; number++) {
      segments[number] = cpu.segment(number);
    }
    long[] gpr = new long[16];
    System.arraycopy(cpu.gpr, 0, gpr, 0, 16);
    return new VcpuState(
        gpr,
        cpu.rip,
        cpu.eflags() & 0xffff_ffffL,
        segments,
        cpu.ldtr,
        cpu.tr,
        new DescriptorTable(cpu.gdtrBase, cpu.gdtrLimit),
        new DescriptorTable(cpu.idtrBase, cpu.idtrLimit),
        cpu.sys.cr0,
        cpu.sys.cr2,
        cpu.sys.cr3,
        cpu.sys.cr4,
        cpu.environment.apic().taskPriorityClass(),
        cpu.sys.xcr0,
        new long[] {cpu.dr[0], cpu.dr[1], cpu.dr[2], cpu.dr[3], cpu.dr[6], cpu.dr[7]},
        ExtendedState.save(cpu),
        saveMsrs(cpu),
        cpu.waitingForStartup ? Activity.WAIT_FOR_SIPI : cpu.halted ? Activity.HALTED : Activity.RUNNING,
        cpu.interruptShadow,
        cpu.nmiMasked);
  }

  private static SortedMap<Integer, Long> saveMsrs(Cpu cpu) {
    SortedMap<Integer, Long> msrs = new TreeMap<>(Integer::compareUnsigned);
    for (int number : SAVED) {
      msrs.put(number, ModelSpecific.read(cpu, number));
    }
    for (int number = ModelSpecific.MTRR_PHYSBASE0; number <= ModelSpecific.MTRR_FIX4K_F8000; number++) {
      if (number <= ModelSpecific.MTRR_PHYSMASK7 || ModelSpecific.fixedRange(number) >= 0) {
        msrs.put(number, ModelSpecific.read(cpu, number));
      }
    }
    return msrs;
  }

  /**
   * Sets everything that a state names; MSRs that it does not name keep their values.
   *
   * @throws IllegalArgumentException for a state that this CPU cannot enter, saying which field
   */
  public static void restore(Cpu cpu, VcpuState state) {
    check(state);
    restoreControl(cpu, state);
    System.arraycopy(state.gpr(), 0, cpu.gpr, 0, 16);
    cpu.rip = state.rip();
    cpu.setEflags((int) state.rflags());
    for (int number = 0; number < 6; number++) {
      cpu.setSegment(number, state.segments()[number]);
    }
    cpu.ldtr = state.ldtr();
    cpu.tr = state.tr();
    cpu.gdtrBase = state.gdtr().base();
    cpu.gdtrLimit = state.gdtr().limit();
    cpu.idtrBase = state.idtr().base();
    cpu.idtrLimit = state.idtr().limit();
    System.arraycopy(state.dr(), 0, cpu.dr, 0, 4);
    cpu.dr[6] = state.dr()[4];
    cpu.dr[7] = state.dr()[5];
    ExtendedState.restore(cpu, state.xsave());
    restoreMsrs(cpu, state);
    cpu.environment.apic().setTaskPriorityClass((int) state.cr8());
    cpu.halted = state.activity() == Activity.HALTED;
    cpu.waitingForStartup = state.activity() == Activity.WAIT_FOR_SIPI;
    cpu.interruptShadow = state.interruptShadow();
    cpu.nmiMasked = state.nmiMasked();
    cpu.sys.cpl = privilege(cpu);
    cpu.memory.flush();
    cpu.modeChanged();
  }

  private static int privilege(Cpu cpu) {
    if ((cpu.sys.cr0 & SystemRegisters.CR0_PE) == 0) {
      return 0;
    }
    return (cpu.sys.eflags & Flags.VM) != 0 ? 3 : cpu.segmentAttributes[Cpu.SS] >> 5 & 3;
  }

  private static void check(VcpuState state) {
    require(state.gpr().length == 16, "gpr has %d registers", state.gpr().length);
    require(state.segments().length == 6, "segments has %d registers", state.segments().length);
    require(state.dr().length == 6, "dr has %d registers", state.dr().length);
    require(
        (state.cr4() & ~ControlRegisters.CR4_ALL) == 0, "cr4 0x%x has bits of features this CPU lacks", state.cr4());
    require((state.xcr0() | 2) == 3, "xcr0 0x%x has features this CPU lacks", state.xcr0());
    require(state.cr8() >>> 4 == 0, "cr8 0x%x is above 15", state.cr8());
    require(state.xsave().length >= ExtendedState.BYTES, "xsave has %d bytes", state.xsave().length);
  }

  private static void require(boolean holds, String what, long value) {
    if (!holds) {
      throw new IllegalArgumentException("vCPU state: " + what.formatted(value));
    }
  }

  private static void restoreControl(Cpu cpu, VcpuState state) {
    cpu.sys.cr0 = state.cr0() | SystemRegisters.CR0_ET;
    cpu.sys.cr2 = state.cr2();
    cpu.sys.cr3 = state.cr3();
    cpu.sys.cr4 = state.cr4();
    cpu.sys.xcr0 = state.xcr0();
    cpu.sys.efer = state.msrs().getOrDefault(ModelSpecific.EFER, 0L);
    boolean paging = (cpu.sys.cr0 & SystemRegisters.CR0_PG) != 0;
    boolean longMode = (cpu.sys.efer & SystemRegisters.EFER_LMA) != 0;
    try {
      if (paging && !longMode && (cpu.sys.cr4 & SystemRegisters.CR4_PAE) != 0) {
        ControlRegisters.loadPdptes(cpu, cpu.sys.cr3);
      }
    } catch (GuestFault reserved) {
      throw new IllegalArgumentException("vCPU state: cr3 0x%x points to bad PDPTEs".formatted(cpu.sys.cr3), reserved);
    }
  }

  /** The APIC's MSRs last, the deadline after the adjustment that it is counted in. */
  private static void restoreMsrs(Cpu cpu, VcpuState state) {
    for (Map.Entry<Integer, Long> entry : state.msrs().entrySet()) {
      int number = entry.getKey();
      if (number == ModelSpecific.EFER || number == ModelSpecific.TSC_DEADLINE) {
        continue;
      }
      restoreMsr(cpu, number, entry.getValue());
    }
    Long deadline = state.msrs().get(ModelSpecific.TSC_DEADLINE);
    if (deadline != null) {
      restoreMsr(cpu, ModelSpecific.TSC_DEADLINE, deadline);
    }
  }

  private static void restoreMsr(Cpu cpu, int number, long value) {
    try {
      ModelSpecific.restore(cpu, number, value);
    } catch (GuestFault refused) {
      throw new IllegalArgumentException("vCPU state: MSR 0x%x cannot be 0x%x".formatted(number, value), refused);
    }
  }
}
