package org.demitasse.machine.disassembly;

import java.util.Arrays;

/**
 * What each opcode is called and which operands it has (Intel SDM vol. 2, appendix A, whose operand codes these are): a
 * row is {@code mnemonic operand,operand}. Rows of the 0F map may have four variants, split by {@code |}: for no
 * prefix, 66, F3 and F2. An empty row is no instruction.
 */
final class OpcodeText {
  static final String[] CONDITIONS = {
    "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"
  };
  static final String[] ALU = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"};
  static final String[] SHIFTS = {"rol", "ror", "rcl", "rcr", "shl", "shr", "shl", "sar"};
  static final String[] GROUP_3 = {"test", "test", "not", "neg", "mul", "imul", "div", "idiv"};
  static final String[] ONE_BYTE = new String[256];
  static final String[] TWO_BYTES = new String[256];

  private OpcodeText() {}

  static {
    Arrays.fill(ONE_BYTE, "");
    Arrays.fill(TWO_BYTES, "");
    oneByte();
    twoBytes();
    vectors();
  }

  /** Rows that follow one another, from the first opcode on. */
  private static void rows(String[] table, int first, String... texts) {
    System.arraycopy(texts, 0, table, first, texts.length);
  }

  private static void oneByte() {
    for (int n = 0; n < 8; n++) {
      String name = ALU[n];
      rows(
          ONE_BYTE,
          n * 8,
          name + " Eb,Gb",
          name + " Ev,Gv",
          name + " Gb,Eb",
          name + " Gv,Ev",
          name + " AL,Ib",
          name + " rAX,Iz");
    }
    for (int n = 0; n < 8; n++) {
      ONE_BYTE[0x40 + n] = "inc Zv";
      ONE_BYTE[0x48 + n] = "dec Zv";
      ONE_BYTE[0x50 + n] = "push Zq";
      ONE_BYTE[0x58 + n] = "pop Zq";
      ONE_BYTE[0x90 + n] = "xchg Zv,rAX";
      ONE_BYTE[0xb0 + n] = "mov Zb,Ib";
      ONE_BYTE[0xb8 + n] = "mov Zv,Iv";
    }
    for (int n = 0; n < 16; n++) {
      ONE_BYTE[0x70 + n] = "j" + CONDITIONS[n] + " Jb";
      TWO_BYTES[0x40 + n] = "cmov" + CONDITIONS[n] + " Gv,Ev";
      TWO_BYTES[0x80 + n] = "j" + CONDITIONS[n] + " Jz";
      TWO_BYTES[0x90 + n] = "set" + CONDITIONS[n] + " Eb";
    }
    rows(ONE_BYTE, 0x60, "pusha", "popa", "", "movsxd Gv,Ed");
    rows(ONE_BYTE, 0x68, "push Iq", "imul Gv,Ev,Iz", "push Bq", "imul Gv,Ev,Bs");
    rows(ONE_BYTE, 0x6c, "ins Yb,DX", "ins Yz,DX", "outs DX,Xb", "outs DX,Xz");
    rows(ONE_BYTE, 0x84, "test Eb,Gb", "test Ev,Gv", "xchg Eb,Gb", "xchg Ev,Gv");
    rows(ONE_BYTE, 0x88, "mov Eb,Gb", "mov Ev,Gv", "mov Gb,Eb", "mov Gv,Ev");
    rows(ONE_BYTE, 0x8c, "mov Es,Sw", "lea Gv,M", "mov Sw,Er", "pop Eq");
    rows(ONE_BYTE, 0x98, "cbw", "cwd", "", "fwait", "pushf", "popf", "sahf", "lahf");
    rows(ONE_BYTE, 0xa0, "movabs AL,Ob", "movabs rAX,Ov", "movabs Ob,AL", "movabs Ov,rAX");
    rows(ONE_BYTE, 0xa4, "movs Yb,Xb", "movs Yv,Xv", "cmps Xb,Yb", "cmps Xv,Yv", "test AL,Ib", "test rAX,Iz");
    rows(ONE_BYTE, 0xaa, "stos Yb,AL", "stos Yv,rAX", "lods AL,Xb", "lods rAX,Xv", "scas AL,Yb", "scas rAX,Yv");
    rows(ONE_BYTE, 0xc2, "ret Iw", "ret");
    rows(ONE_BYTE, 0xc8, "enter Iw,Ib", "leave", "retf Iw", "retf", "int3", "int Ib", "", "iret");
    ONE_BYTE[0xd7] = "xlat BYTE PTR ds:[rbx]";
    rows(ONE_BYTE, 0xe0, "loopne Jb", "loope Jb", "loop Jb", "jrcxz Jb", "in AL,Ib", "in eAX,Ib", "out Ib,AL");
    rows(ONE_BYTE, 0xe7, "out Ib,eAX", "call Jz", "jmp Jz", "", "jmp Jb", "in AL,DX", "in eAX,DX", "out DX,AL");
    rows(ONE_BYTE, 0xef, "out DX,eAX", "", "int1", "", "", "hlt", "cmc");
    rows(ONE_BYTE, 0xf8, "clc", "stc", "cli", "sti", "cld", "std");
  }

  private static void twoBytes() {
    rows(TWO_BYTES, 0x02, "lar Gv,Er", "lsl Gv,Er", "", "syscall", "clts", "sysret", "invd", "wbinvd", "", "ud2");
    rows(TWO_BYTES, 0x20, "mov Rq,Cq", "mov Rq,Dq", "mov Cq,Rq", "mov Dq,Rq");
    rows(TWO_BYTES, 0x30, "wrmsr", "rdtsc", "rdmsr", "rdpmc", "sysenter", "sysexit");
    rows(TWO_BYTES, 0xa0, "push fs", "pop fs", "cpuid", "bt Ev,Gv", "shld Ev,Gv,Ib", "shld Ev,Gv,CL");
    rows(TWO_BYTES, 0xa8, "push gs", "pop gs", "rsm", "bts Ev,Gv", "shrd Ev,Gv,Ib", "shrd Ev,Gv,CL", "", "imul Gv,Ev");
    rows(TWO_BYTES, 0xb0, "cmpxchg Eb,Gb", "cmpxchg Ev,Gv", "lss Gv,Mp", "btr Ev,Gv", "lfs Gv,Mp", "lgs Gv,Mp");
    rows(TWO_BYTES, 0xb6, "movzx Gv,Eb", "movzx Gv,Ew");
    TWO_BYTES[0xb8] = "||popcnt Gv,Ev|";
    TWO_BYTES[0xb9] = "ud1 Gv,Ev";
    TWO_BYTES[0xbb] = "btc Ev,Gv";
    TWO_BYTES[0xbc] = "bsf Gv,Ev|bsf Gv,Ev|tzcnt Gv,Ev|";
    TWO_BYTES[0xbd] = "bsr Gv,Ev|bsr Gv,Ev|lzcnt Gv,Ev|";
    rows(TWO_BYTES, 0xbe, "movsx Gv,Eb", "movsx Gv,Ew", "xadd Eb,Gb", "xadd Ev,Gv");
    TWO_BYTES[0xc3] = "movnti My,Gy";
    for (int n = 0; n < 8; n++) {
      TWO_BYTES[0xc8 + n] = "bswap Zv";
    }
  }

  private static void vectors() {
    TWO_BYTES[0x10] = "movups Vx,Wx|movupd Vx,Wx|movss Vx,Wd|movsd Vx,Wq";
    TWO_BYTES[0x11] = "movups Wx,Vx|movupd Wx,Vx|movss Wd,Vx|movsd Wq,Vx";
    TWO_BYTES[0x12] = "|movlpd Vx,Mq||";
    TWO_BYTES[0x13] = "movlps Mq,Vx|movlpd Mq,Vx||";
    TWO_BYTES[0x14] = "unpcklps Vx,Wx|unpcklpd Vx,Wx||";
    TWO_BYTES[0x16] = "|movhpd Vx,Mq||";
    TWO_BYTES[0x17] = "movhps Mq,Vx|movhpd Mq,Vx||";
    TWO_BYTES[0x28] = "movaps Vx,Wx|movapd Vx,Wx||";
    TWO_BYTES[0x29] = "movaps Wx,Vx|movapd Wx,Vx||";
    TWO_BYTES[0x2a] = "||cvtsi2ss Vx,Ey|cvtsi2sd Vx,Ey";
    TWO_BYTES[0x2b] = "movntps Mo,Vx|movntpd Mo,Vx||";
    TWO_BYTES[0x2c] = "||cvttss2si Gy,Wd|cvttsd2si Gy,Wq";
    TWO_BYTES[0x2e] = "ucomiss Vx,Wd|ucomisd Vx,Wq||";
    TWO_BYTES[0x2f] = "comiss Vx,Wd|comisd Vx,Wq||";
    String[] arithmetic = {"sqrt", "rsqrt", "rcp", "and", "andn", "or", "xor", "add", "mul", "", "", "sub", "min"};
    for (int n = 0; n < arithmetic.length; n++) {
      String name = arithmetic[n];
      boolean scalar = n == 0 || n >= 7;
      if (!name.isEmpty()) {
        TWO_BYTES[0x51 + n] =
            "%1$sps Vx,Wx|%2$s|%3$s|%4$s"
                .formatted(
                    name,
                    n == 1 || n == 2 ? "" : name + "pd Vx,Wx",
                    n >= 3 && n < 7 ? "" : name + "ss Vx,Wd",
                    scalar ? name + "sd Vx,Wq" : "");
      }
    }
    TWO_BYTES[0x5e] = "divps Vx,Wx|divpd Vx,Wx|divss Vx,Wd|divsd Vx,Wq";
    TWO_BYTES[0x5f] = "maxps Vx,Wx|maxpd Vx,Wx|maxss Vx,Wd|maxsd Vx,Wq";
    packed(0x60, "punpcklbw", "punpcklwd", "punpckldq", "packsswb", "pcmpgtb", "pcmpgtw", "pcmpgtd", "packuswb");
    packed(0x68, "punpckhbw", "punpckhwd", "punpckhdq", "packssdw", "punpcklqdq", "punpckhqdq");
    TWO_BYTES[0x6c] = "|punpcklqdq Vx,Wx||";
    TWO_BYTES[0x6d] = "|punpckhqdq Vx,Wx||";
    TWO_BYTES[0x6e] = "mov@ Pq,Ey|mov@ Vx,Ey||";
    TWO_BYTES[0x6f] = "movq Pq,Qq|movdqa Vx,Wx|movdqu Vx,Wx|";
    TWO_BYTES[0x70] = "pshufw Pq,Qq,Ib|pshufd Vx,Wx,Ib|pshufhw Vx,Wx,Ib|pshuflw Vx,Wx,Ib";
    packed(0x74, "pcmpeqb", "pcmpeqw", "pcmpeqd");
    TWO_BYTES[0x77] = "emms";
    TWO_BYTES[0x7e] = "mov@ Ey,Pq|mov@ Ey,Vx|movq Vx,Wq|";
    TWO_BYTES[0x7f] = "movq Qq,Pq|movdqa Wx,Vx|movdqu Wx,Vx|";
    TWO_BYTES[0xc6] = "shufps Vx,Wx,Ib|shufpd Vx,Wx,Ib||";
    TWO_BYTES[0xd6] = "|movq Wq,Vx||";
    packed(0xd1, "psrlw", "psrld", "psrlq", "paddq", "pmullw");
    packed(0xd8, "psubusb", "psubusw", "pminub", "pand", "paddusb", "paddusw", "pmaxub", "pandn");
    packed(0xe0, "pavgb", "psraw", "psrad", "pavgw", "pmulhuw", "pmulhw");
    TWO_BYTES[0xe7] = "movntq Mq,Pq|movntdq Mo,Vx||";
    packed(0xe8, "psubsb", "psubsw", "pminsw", "por", "paddsb", "paddsw", "pmaxsw", "pxor");
    packed(0xf1, "psllw", "pslld", "psllq", "pmuludq", "pmaddwd", "psadbw");
    packed(0xf8, "psubb", "psubw", "psubd", "psubq", "paddb", "paddw", "paddd");
  }

  private static void packed(int first, String... names) {
    for (int n = 0; n < names.length; n++) {
      TWO_BYTES[first + n] = "%1$s Pq,Qq|%1$s Vx,Wx||".formatted(names[n]);
    }
  }

  /** A row of the 0F map for a prefix: 0 none, 1 for 66, 2 for F3, 3 for F2. Rows without variants are for any. */
  static String variant(String row, int prefix) {
    if (row.indexOf('|') < 0) {
      return row;
    }
    return row.split("\\|", -1)[prefix];
  }

  /** Rows of 0F groups by ModRM.reg and whether the operand is in memory; empty for none. */
  static String group(int opcode, int extension, boolean memory, int prefix) {
    String[] rows =
        switch (opcode) {
          case 0x00 -> new String[] {"sldt Es", "str Es", "lldt Ew", "ltr Ew", "verr Ew", "verw Ew"};
          case 0x01 ->
              memory
                  ? new String[] {"sgdt M", "sidt M", "lgdt M", "lidt M", "smsw Ew", "", "lmsw Ew", "invlpg Mb"}
                  : new String[] {"", "", "", "", "smsw Ev", "", "lmsw Ew"};
          case 0x0d -> new String[] {"prefetch Mb", "prefetchw Mb", "prefetchwt1 Mb"};
          case 0x18 ->
              memory
                  ? new String[] {
                    "prefetchnta Mb", "prefetcht0 Mb", "prefetcht1 Mb", "prefetcht2 Mb", "nop Ev", "nop Ev"
                  }
                  : new String[] {"nop Ev", "nop Ev", "nop Ev", "nop Ev", "nop Ev", "nop Ev", "nop Ev", "nop Ev"};
          case 0x71 -> shifts("w", prefix);
          case 0x72 -> shifts("d", prefix);
          case 0x73 -> shifts("q", prefix);
          case 0xae -> fences(memory, prefix);
          case 0xba -> new String[] {"", "", "", "", "bt Ev,Ib", "bts Ev,Ib", "btr Ev,Ib", "btc Ev,Ib"};
          case 0xc7 ->
              memory
                  ? new String[] {
                    "", "cmpxchg8b M8", "", "xrstors^ M", "xsavec^ M", "xsaves^ M", "vmptrld Mq", "vmptrst Mq"
                  }
                  : new String[] {"", "", "", "", "", "", "rdrand Ev", prefix == 2 ? "rdpid Rq" : "rdseed Ev"};
          default -> new String[0];
        };
    return extension < rows.length ? rows[extension] : "";
  }

  private static String[] fences(boolean memory, int prefix) {
    if (!memory) {
      return prefix == 2
          ? new String[] {"rdfsbase Ry", "rdgsbase Ry", "wrfsbase Ry", "wrgsbase Ry", "", "incssp@ Ry"}
          : new String[] {"", "", "", "", "", "lfence", "mfence", "sfence"};
    }
    return prefix == 1
        ? new String[] {"", "", "", "", "", "", "clwb Mb", "clflushopt Mb"}
        : new String[] {
          "fxsave^ M", "fxrstor^ M", "ldmxcsr Md", "stmxcsr Md", "xsave^ M", "xrstor^ M", "xsaveopt^ M", "clflush Mb"
        };
  }

  private static String[] shifts(String size, int prefix) {
    String operands = prefix == 1 ? " Ux,Ib" : " Nq,Ib";
    boolean quad = size.equals("q");
    String whole = quad && prefix == 1 ? "dq Ux,Ib" : "";
    return new String[] {
      "",
      "",
      "psrl" + size + operands,
      whole.isEmpty() ? "" : "psrl" + whole,
      quad ? "" : "psra" + size + operands,
      "",
      "psll" + size + operands,
      whole.isEmpty() ? "" : "psll" + whole
    };
  }
}
