package org.demitasse.gdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.VcpuState;
import org.junit.jupiter.api.Test;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class RegisterLayoutTest {
  private static StateDraft draft() {
    Segment[] segments = new Segment[6];
    Arrays.fill(segments, Segment.flat32(0x10, 0x93));
    DescriptorTable table = new DescriptorTable(0x500, 0x27);
    byte[] xsave = new byte[576];
    xsave[4] = 1; // one register in use
    return new StateDraft(
        new VcpuState(
            new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
            0x1234,
            2,
            segments,
            Segment.NULL,
            Segment.NULL,
            table,
            table,
            0x11,
            0,
            0,
            0,
            0,
            1,
            new long[6],
            xsave,
            new TreeMap<>(),
            VcpuState.Activity.RUNNING,
            false,
            false));
  }

  private static Register named(RegisterLayout layout, String name) {
    return layout.registers().stream().filter(register -> register.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void everyRegisterKeepsWhatIsWrittenToIt() {
    for (RegisterLayout layout : List.of(RegisterLayout.X86_64, RegisterLayout.I386)) {
      for (Register register : layout.registers()) {
        if (register.name().matches("gdtr.*|idtr.*|tr.*|eflags|.s|ftag|mxcsr|f[a-z]{2,4}")) {
          continue; // read-only, or with bits that are not free
        }
        byte[] wanted = new byte[register.bits() / 8];
        Arrays.fill(wanted, (byte) 0x5a);
        StateDraft draft = draft();
        register.set().accept(draft, wanted);
        assertThat(register.get().apply(new StateDraft(draft.state()))).as(register.name()).isEqualTo(wanted);
      }
    }
  }

  @Test
  void numbersRegistersAsGdbDoes() {
    StateDraft draft = draft();
    assertThat(Register.number(named(RegisterLayout.X86_64, "rbx").get().apply(draft))).isEqualTo(4);
    assertThat(Register.number(named(RegisterLayout.X86_64, "rsp").get().apply(draft))).isEqualTo(5);
    assertThat(Register.number(named(RegisterLayout.I386, "ecx").get().apply(draft))).isEqualTo(2);
    assertThat(RegisterLayout.X86_64.registers().get(16).name()).isEqualTo("rip");
    assertThat(RegisterLayout.I386.registers().get(8).name()).isEqualTo("eip");
  }

  @Test
  void refusesToWriteWhatIsReadOnly() {
    Register base = named(RegisterLayout.X86_64, "gdtr_base");
    assertThatThrownBy(() -> base.set().accept(draft(), new byte[8])).isInstanceOf(BadPacketException.class);
  }

  @Test
  void makesTheTagWordOutOfTheAbridgedOne() {
    assertThat(draft().tagWord()).isEqualTo(0xfffd); // register 0 is a zero, the others are empty
  }

  @Test
  void describesEveryRegisterInXml() throws Exception {
    for (RegisterLayout layout : List.of(RegisterLayout.X86_64, RegisterLayout.I386)) {
      DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
      parser.setEntityResolver((id, system) -> new InputSource(new StringReader("")));
      NodeList registers =
          parser.parse(new InputSource(new StringReader(layout.description()))).getElementsByTagName("reg");
      assertThat(registers.getLength()).isEqualTo(layout.registers().size());
    }
  }
}
