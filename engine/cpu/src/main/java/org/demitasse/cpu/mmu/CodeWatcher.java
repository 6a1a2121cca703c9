package org.demitasse.cpu.mmu;

/** What the code cache must know of memory: writes to pages that hold decoded code. */
public interface CodeWatcher {
  /** Says whether a page of RAM holds decoded code, so that writes to it must be told. */
  boolean isCode(long gpa);

  /**
   * A CPU is about to write [gpa, gpa + bytes) in a page of code: forgets the blocks there.
   *
   * @throws org.demitasse.cpu.fault.RunAlone if the running block holds those bytes and more than this instruction
   */
  void beforeWrite(long gpa, int bytes);
}
