package org.demitasse.engines;

import org.demitasse.core.vcpu.LocalApicPort;

/** A local APIC that never has an interrupt. */
public final class QuietApic implements LocalApicPort {
  @Override
  public long read(int offset) {
    return 0;
  }

  @Override
  public void write(int offset, long value) {}

  @Override
  public long readMsr(int msr) {
    throw new IllegalArgumentException("no such MSR: 0x%x".formatted(msr));
  }

  @Override
  public void writeMsr(int msr, long value) {
    throw new IllegalArgumentException("no such MSR: 0x%x".formatted(msr));
  }

  @Override
  public long apicBase() {
    return 0xfee0_0900L;
  }

  @Override
  public void setApicBase(long value) {}

  @Override
  public long tscDeadline() {
    return 0;
  }

  @Override
  public void setTscDeadline(long ticks) {}

  @Override
  public void send(int destination, int command) {}

  @Override
  public int taskPriorityClass() {
    return 0;
  }

  @Override
  public void setTaskPriorityClass(int priorityClass) {}

  @Override
  public boolean interruptPending() {
    return false;
  }

  @Override
  public int acknowledge() {
    return -1;
  }

  @Override
  public void initialize() {}
}
