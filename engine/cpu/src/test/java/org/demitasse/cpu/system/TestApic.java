package org.demitasse.cpu.system;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.vcpu.LocalApicPort;

/** A local APIC that only remembers. */
final class TestApic implements LocalApicPort {
  final List<String> sent = new ArrayList<>();
  long base = 0xfee0_0900L;
  long deadline;
  int priority;
  long lastMsrWrite;

  @Override
  public long read(int offset) {
    return 0;
  }

  @Override
  public void write(int offset, long value) {}

  @Override
  public long readMsr(int msr) {
    if (msr != 0x802) {
      throw new IllegalArgumentException("no such register");
    }
    return 7;
  }

  @Override
  public void writeMsr(int msr, long value) {
    if (msr != 0x80b) {
      throw new IllegalArgumentException("no such register");
    }
    lastMsrWrite = value;
  }

  @Override
  public long apicBase() {
    return base;
  }

  @Override
  public void setApicBase(long value) {
    if ((value & 0xff) != 0) {
      throw new IllegalArgumentException("reserved bits");
    }
    base = value;
  }

  @Override
  public long tscDeadline() {
    return deadline;
  }

  @Override
  public void setTscDeadline(long ticks) {
    deadline = ticks;
  }

  @Override
  public void send(int destination, int command) {
    sent.add("%d %x".formatted(destination, command));
  }

  @Override
  public int taskPriorityClass() {
    return priority;
  }

  @Override
  public void setTaskPriorityClass(int priorityClass) {
    priority = priorityClass;
  }

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
