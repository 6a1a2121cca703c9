package org.demitasse.gdb;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;
import org.demitasse.core.vcpu.VcpuState;

/** The registers of one architecture in the order of its target description (Debugging with GDB, appendix G.5.16). */
final class RegisterLayout {
  private static final String CORE = "org.gnu.gdb.i386.core";
  private static final String SSE = "org.gnu.gdb.i386.sse";
  private static final String SEGMENTS = "org.gnu.gdb.i386.segments";
  private static final String SYSTEM = "org.demitasse.i386.system";

  private static final String[] NAMES_64 = {
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
  };
  private static final int[] NUMBERS_64 = {0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15};
  private static final String[] NAMES_32 = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
  private static final String[] SELECTORS = {"cs", "ss", "ds", "es", "fs", "gs"};
  private static final int[] SELECTOR_NUMBERS = {
    VcpuState.CS, VcpuState.SS, VcpuState.DS, VcpuState.ES, VcpuState.FS, VcpuState.GS
  };

  /** 64-bit registers; those of 32-bit and 16-bit code are their lower parts. */
  static final RegisterLayout X86_64 = new RegisterLayout(true);

  /** 32-bit registers. */
  static final RegisterLayout I386 = new RegisterLayout(false);

  private final boolean wide;
  private final List<Register> registers = new ArrayList<>();
  private final String description;

  private RegisterLayout(boolean wide) {
    this.wide = wide;
    general();
    x87();
    sse();
    system();
    description = describe();
  }

  List<Register> registers() {
    return registers;
  }

  /** The target description in XML. */
  String description() {
    return description;
  }

  private void general() {
    int bits = wide ? 64 : 32;
    String[] names = wide ? NAMES_64 : NAMES_32;
    for (int i = 0; i < names.length; i++) {
      int number = wide ? NUMBERS_64[i] : i;
      String type = names[i].endsWith("sp") || names[i].endsWith("bp") ? "data_ptr" : wide ? "int64" : "int32";
      add(names[i], bits, type, CORE, "", state -> state.gpr[number], (state, value) -> state.gpr[number] = value);
    }
    add(wide ? "rip" : "eip", bits, "code_ptr", CORE, "", state -> state.rip, (state, value) -> state.rip = value);
    add(
        "eflags",
        32,
        "i386_eflags",
        CORE,
        "",
        state -> state.rflags,
        (state, value) -> state.rflags = value & 0x3f_7fd7 | 2);
    for (int i = 0; i < SELECTORS.length; i++) {
      int number = SELECTOR_NUMBERS[i];
      add(
          SELECTORS[i],
          32,
          "int32",
          CORE,
          "",
          state -> state.segments[number].selector(),
          (state, value) -> state.setSelector(number, (int) value));
    }
  }

  private void x87() {
    for (int i = 0; i < 8; i++) {
      area("st" + i, 80, "i387_ext", CORE, "", 32 + 16 * i);
    }
    legacy("fctrl", 0, 2);
    legacy("fstat", 2, 2);
    add("ftag", 32, "int", CORE, "float", StateDraft::tagWord, (state, value) -> state.setTagWord((int) value));
    legacy("fiseg", 12, 2);
    legacy("fioff", 8, 4);
    legacy("foseg", 20, 2);
    legacy("fooff", 16, 4);
    legacy("fop", 6, 2);
  }

  /** A field of the FXSAVE image, shown as 32 bits. */
  private void legacy(String name, int offset, int size) {
    add(
        name,
        32,
        "int",
        CORE,
        "float",
        state -> size == 2 ? state.xsave.getShort(offset) & 0xffff : state.xsave.getInt(offset) & 0xffff_ffffL,
        (state, value) -> {
          state.useLegacyComponents();
          if (size == 2) {
            state.xsave.putShort(offset, (short) value);
          } else {
            state.xsave.putInt(offset, (int) value);
          }
        });
  }

  private void sse() {
    for (int i = 0; i < (wide ? 16 : 8); i++) {
      area("xmm" + i, 128, "vec128", SSE, "", 160 + 16 * i);
    }
    add(
        "mxcsr",
        32,
        "i386_mxcsr",
        SSE,
        "vector",
        state -> state.xsave.getInt(24) & 0xffff_ffffL,
        (state, value) -> {
          state.useLegacyComponents();
          state.xsave.putInt(24, (int) value & 0xffff);
        });
  }

  private void area(String name, int bits, String type, String feature, String group, int offset) {
    registers.add(
        new Register(
            name,
            bits,
            type,
            feature,
            group,
            state -> {
              byte[] bytes = new byte[bits / 8];
              state.xsave.get(offset, bytes);
              return bytes;
            },
            (state, bytes) -> {
              state.useLegacyComponents();
              state.xsave.put(offset, bytes);
            }));
  }

  private void system() {
    if (wide) {
      base("fs_base", SEGMENTS, VcpuState.FS);
      base("gs_base", SEGMENTS, VcpuState.GS);
      msr("k_gs_base", StateDraft.MSR_KERNEL_GS_BASE);
    }
    system("cr0", state -> state.cr0, (state, value) -> state.cr0 = value);
    system("cr2", state -> state.cr2, (state, value) -> state.cr2 = value);
    system("cr3", state -> state.cr3, (state, value) -> state.cr3 = value);
    system("cr4", state -> state.cr4, (state, value) -> state.cr4 = value);
    if (wide) {
      system("cr8", state -> state.cr8, (state, value) -> state.cr8 = value);
    }
    msr("efer", StateDraft.MSR_EFER);
    for (int i = 0; i < 6; i++) {
      int number = i;
      system("dr" + (i < 4 ? i : i + 2), state -> state.dr[number], (state, value) -> state.dr[number] = value);
    }
    system("gdtr_base", state -> state.gdtr().base(), RegisterLayout::readOnly);
    system("gdtr_limit", state -> state.gdtr().limit(), RegisterLayout::readOnly);
    system("idtr_base", state -> state.idtr().base(), RegisterLayout::readOnly);
    system("idtr_limit", state -> state.idtr().limit(), RegisterLayout::readOnly);
    system("tr", state -> state.from().tr().selector(), RegisterLayout::readOnly);
    system("tr_base", state -> state.from().tr().base(), RegisterLayout::readOnly);
  }

  private static void readOnly(StateDraft state, long value) {
    throw new BadPacketException("a register that can be written", null);
  }

  private void base(String name, String feature, int number) {
    add(
        name,
        64,
        "int",
        feature,
        "",
        state -> state.segments[number].base(),
        (state, value) -> state.setBase(number, value));
  }

  private void msr(String name, int number) {
    system(name, state -> state.msr(number), (state, value) -> state.msrs.put(number, value));
  }

  private void system(String name, ToLongFunction<StateDraft> get, ObjLongConsumer<StateDraft> set) {
    add(name, wide ? 64 : 32, wide ? "int64" : "int32", SYSTEM, "system", get, set);
  }

  private void add(
      String name,
      int bits,
      String type,
      String feature,
      String group,
      ToLongFunction<StateDraft> get,
      ObjLongConsumer<StateDraft> set) {
    registers.add(
        new Register(
            name,
            bits,
            type,
            feature,
            group,
            state -> Register.bytes(get.applyAsLong(state), bits / 8),
            (state, bytes) -> set.accept(state, Register.number(bytes))));
  }

  // --- the description
  // ---------------------------------------------------------------------------------------------------

  private String describe() {
    StringBuilder xml =
        new StringBuilder("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n");
    xml.append("<architecture>").append(wide ? "i386:x86-64" : "i386").append("</architecture>\n");
    String feature = "";
    for (Register register : registers) {
      if (!register.feature().equals(feature)) {
        xml.append(feature.isEmpty() ? "" : "</feature>\n");
        feature = register.feature();
        xml.append("<feature name=\"").append(feature).append("\">\n").append(types(feature));
      }
      xml.append(
          "<reg name=\"%s\" bitsize=\"%d\" type=\"%s\"".formatted(register.name(), register.bits(), register.type()));
      xml.append(register.group().isEmpty() ? "/>\n" : " group=\"%s\"/>\n".formatted(register.group()));
    }
    return xml.append("</feature>\n</target>\n").toString();
  }

  private static String types(String feature) {
    return switch (feature) {
      case CORE ->
          flags(
              "i386_eflags",
              "CF 0 PF 2 AF 4 ZF 6 SF 7 TF 8 IF 9 DF 10 OF 11 NT 14 RF 16 VM 17 AC 18 VIF 19 VIP 20 ID 21");
      case SSE ->
          """
          <vector id="v4f" type="ieee_single" count="4"/>
          <vector id="v2d" type="ieee_double" count="2"/>
          <vector id="v16i8" type="int8" count="16"/>
          <vector id="v8i16" type="int16" count="8"/>
          <vector id="v4i32" type="int32" count="4"/>
          <vector id="v2i64" type="int64" count="2"/>
          <union id="vec128">
          <field name="v4_float" type="v4f"/>
          <field name="v2_double" type="v2d"/>
          <field name="v16_int8" type="v16i8"/>
          <field name="v8_int16" type="v8i16"/>
          <field name="v4_int32" type="v4i32"/>
          <field name="v2_int64" type="v2i64"/>
          <field name="uint128" type="uint128"/>
          </union>
          """
              + flags("i386_mxcsr", "IE 0 DE 1 ZE 2 OE 3 UE 4 PE 5 DAZ 6 IM 7 DM 8 ZM 9 OM 10 UM 11 PM 12 FZ 15");
      default -> "";
    };
  }

  private static String flags(String id, String bits) {
    StringBuilder xml = new StringBuilder("<flags id=\"%s\" size=\"4\">\n".formatted(id));
    String[] words = bits.split(" ", -1);
    for (int i = 0; i < words.length; i += 2) {
      xml.append("<field name=\"%s\" start=\"%s\" end=\"%s\"/>\n".formatted(words[i], words[i + 1], words[i + 1]));
    }
    return xml.append("</flags>\n").toString();
  }
}
