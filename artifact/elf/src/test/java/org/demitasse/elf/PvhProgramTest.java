package org.demitasse.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class PvhProgramTest {
  @Test
  void theReaderFindsTheCodeAtItsEntryAndTheNote() throws Exception {
    byte[] code = {(byte) 0xfa, (byte) 0xf4};
    ElfFile elf = ElfFile.parse(ByteBuffer.wrap(PvhProgram.of(code)));
    assertThat(elf.entry()).isEqualTo(PvhProgram.ENTRY);
    ElfSegment all = elf.segments().getFirst();
    assertThat(all.type()).isEqualTo(ElfSegment.PT_LOAD);
    int at = (int) (PvhProgram.ENTRY - all.physicalAddress());
    assertThat(elf.bytes(all).get(at)).isEqualTo(code[0]);
    assertThat(all.memorySize()).isEqualTo(at + code.length);
    assertThat(elf.notes())
        .singleElement()
        .satisfies(note -> assertThat(note.name()).isEqualTo("Xen"))
        .satisfies(note -> assertThat(note.type()).isEqualTo(18))
        .satisfies(note -> assertThat(note.number()).isEqualTo(PvhProgram.ENTRY));
  }
}
