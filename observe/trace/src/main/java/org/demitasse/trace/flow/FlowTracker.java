package org.demitasse.trace.flow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * Makes trace records of an engine's {@link FlowLog}: who called whom, on which stack. A stack is a thread; another one
 * has taken over when a return finds its address, or a call leaves its own, where the running one has none. A function
 * that was reached by a jump shows itself with its first call, whose return address lies in it. Used by one thread.
 */
public final class FlowTracker {
  private static final int MAX_STACKS = 4096;
  private static final int MAX_DEPTH = 4096;

  /** How deep the function lies at most that a thread is called after. */
  private static final int NAMING_DEPTH = 3;

  /** What every thread does before it does its own. */
  private static final Set<String> NAMELESS =
      Set.of(
          "ret_from_fork",
          "ret_from_fork_asm",
          "schedule_tail",
          "kthread",
          "__switch_to",
          "__switch_to_asm",
          "complete",
          "schedule",
          "__schedule",
          "schedule_preempt_disabled",
          "preempt_schedule",
          "sched_setscheduler_nocheck",
          "set_cpus_allowed_ptr",
          "housekeeping_cpumask",
          "cgroup_kthread_ready",
          "__kthread_parkme",
          "finish_task_switch.isra.0",
          "swake_up_locked",
          "calculate_sigpending",
          "lwp_trampoline",
          "lwp_startup",
          "fork_trampoline",
          "fork_exit",
          "switch_fpu_return",
          "__raw_callee_save___pv_queued_spin_unlock",
          "startup_64",
          "recalc_sigpending",
          "startup_64_setup_env",
          "early_setup_idt",
          "set_bringup_idt_handler.constprop.0",
          "snp_init",
          "setup_ghcb",
          "cc_platform_has",
          "sev_verify_cbit",
          "__startup_64",
          "sme_enable",
          "sme_encrypt_kernel",
          "verify_cpu",
          "secondary_startup_64_no_verify",
          "set_kthread_struct",
          "_raw_spin_lock_irqsave",
          "_raw_spin_lock_irq",
          "_raw_spin_unlock_irqrestore",
          "swake_up_locked.part.0",
          "Xsoftintr",
          "softint_dispatch",
          "cpu_switchto");

  /** Name no thread, nor does what they call: locks, and what finishes the switch that made the thread run. */
  private static final Set<String> PROLOGUES =
      Set.of(
          "lwp_startup",
          "spllower",
          "splraise",
          "_kernel_lock",
          "_kernel_unlock",
          "mutex_enter",
          "mutex_spin_enter",
          "mutex_spin_exit",
          "mutex_vector_enter");

  private static final int PAGE_FAULT = 14;
  private static final int EXCEPTIONS = 32;

  private final TraceSink sink;
  private final AddressNames names;
  private final Map<String, Integer> strings = new HashMap<>();
  private final List<String> texts = new ArrayList<>();
  private final List<CallStack> stacks = new ArrayList<>();
  private final @Nullable CallStack[] running = new @Nullable CallStack[256];
  private final int idle;
  private final int offCpu;
  private final int user;
  private int vcpu;
  private boolean seenUser;
  private boolean begun;
  private long time;

  /** Starts with no stack known, and a kernel that is where it was linked. */
  public FlowTracker(TraceSink sink, Symbols symbols) {
    this(sink, symbols, false);
  }

  /**
   * Starts with no stack known.
   *
   * @param moves whether the kernel unpacks itself, so that it may be elsewhere than linked: {@link #moved} tells where
   */
  public FlowTracker(TraceSink sink, Symbols symbols, boolean moves) {
    this.sink = sink;
    names = new AddressNames(symbols, moves, this::string);
    idle = string(TraceSink.IDLE);
    offCpu = string(TraceSink.OFF_CPU);
    user = string(TraceSink.USER);
  }

  /** The number of a string in the sink, introduced now if it is new. */
  public int string(String text) {
    Integer known = strings.get(text);
    if (known == null) {
      known = strings.size();
      strings.put(text, known);
      texts.add(text);
      sink.string(known, text);
    }
    return known;
  }

  /** From now on the kernel proper runs, that much above where it is linked. */
  public void moved(long by) {
    names.moved(by);
  }

  /** From now on the kernel runs at its physical addresses, so much beyond where its file wants it. */
  public void placed(long by) {
    names.placed(by);
  }

  /** Tells where the kernel is loaded; before anything is taken. */
  public void linkage(Linkage told) {
    names.linkage(told);
  }

  /** From now on these are the functions of the kernel's modules. */
  public void modules(Symbols loaded) {
    names.modules(loaded);
  }

  /** Takes the records of a block that are neither devices nor texts; those only the caller has the names of. */
  public void take(long head, long address, long slot, long more) {
    time = FlowLog.timeOf(head);
    int on = FlowLog.vcpuOf(head);
    if (on != vcpu) {
      turn(on);
    }
    switch (FlowLog.kindOf(head)) {
      case FlowLog.CALL -> call(address, slot, more);
      case FlowLog.RETURN -> ret(address, slot);
      case FlowLog.INTERRUPT -> interrupt(address, slot, more);
      case FlowLog.INTERRUPT_RETURN -> interruptReturn(slot, more != 0);
      case FlowLog.SYSTEM_CALL -> systemCall(address);
      case FlowLog.SYSTEM_RETURN -> enterUser(current());
      case FlowLog.IDLE -> idle(address);
      case FlowLog.CLOCK ->
          sink.event(current().track, time, EventKind.DEVICE, string(address == 0 ? "tsc" : "lapic timer"));
      default -> {}
    }
  }

  /** Tells of something that happened, on the thread that runs. */
  public void event(long at, EventKind kind, String text) {
    time = Math.max(time, at);
    sink.event(current().track, at, kind, string(text));
  }

  /** Ends the trace. */
  public void end(long at) {
    sink.end(Math.max(time, at));
  }

  private void turn(int on) {
    leaveRunning(null);
    vcpu = on;
    CallStack next = running[on];
    if (next != null) {
      resume(next);
    }
  }

  private CallStack current() {
    CallStack stack = running[vcpu];
    return stack == null ? start() : stack;
  }

  private CallStack start() {
    CallStack stack = new CallStack(stacks.size() < MAX_STACKS ? stacks.size() : MAX_STACKS - 1);
    sink.track(stack.track, stacks.isEmpty() ? "boot" : "thread " + stack.track);
    stack.named = stacks.isEmpty();
    if (stacks.size() == MAX_STACKS) {
      stacks.removeLast();
    }
    stacks.add(stack);
    running[vcpu] = stack;
    return stack;
  }

  private void leaveRunning(@Nullable CallStack unless) {
    CallStack stack = running[vcpu];
    if (stack != null && stack != unless && !stack.offCpu) {
      stack.offCpu = true;
      sink.enter(stack.track, time, offCpu);
    }
  }

  private void resume(CallStack stack) {
    if (stack.offCpu) {
      stack.offCpu = false;
      sink.exit(stack.track, time, TraceSink.UNKNOWN);
    }
  }

  private CallStack switchTo(CallStack stack) {
    leaveRunning(stack);
    running[vcpu] = stack;
    resume(stack);
    return stack;
  }

  private CallStack fresh() {
    leaveRunning(null);
    return start();
  }

  /** The stack that holds an address: the running one if it can be, or one that waits, or a new one. */
  private CallStack holding(long slot) {
    CallStack stack = current();
    if (stack.base == 0 || stack.isNear(slot)) {
      return stack;
    }
    @Nullable CallStack best = null;
    for (CallStack other : stacks) {
      boolean closer = other.offCpu && other.isNear(slot) && (best == null || best.last > other.last);
      best = closer ? other : best;
    }
    return best == null ? fresh() : switchTo(best);
  }

  private void push(CallStack stack, int function, long slot, long returnAddress) {
    if (stack.depth == MAX_DEPTH) {
      pop(stack);
    }
    stack.push(function, slot, returnAddress);
    sink.enter(stack.track, time, function);
    name(stack, function);
  }

  /** A thread is called after the first function that not every thread runs. */
  private void name(CallStack stack, int function) {
    if (!stack.named && stack.depth <= NAMING_DEPTH && !isInPrologue(stack)) {
      String name = texts.get(function);
      stack.named = !NAMELESS.contains(name);
      if (stack.named || stack.depth == 1) {
        sink.track(stack.track, name + " (thread " + stack.track + ")");
      }
    }
  }

  private boolean isInPrologue(CallStack stack) {
    for (int at = 0; at < stack.depth; at++) {
      if (PROLOGUES.contains(texts.get(stack.functions[at]))) {
        return true;
      }
    }
    return false;
  }

  private void pop(CallStack stack) {
    stack.depth--;
    sink.exit(stack.track, time, TraceSink.UNKNOWN);
  }

  private void popBelow(CallStack stack, long slot) {
    while (stack.depth > 0 && stack.slots[stack.depth - 1] <= slot) {
      pop(stack);
    }
  }

  /** The innermost frame goes on in another function. */
  private void become(CallStack stack, int function) {
    int top = stack.depth - 1;
    if (stack.functions[top] != function) {
      stack.functions[top] = function;
      sink.exit(stack.track, time, TraceSink.UNKNOWN);
      sink.enter(stack.track, time, function);
      name(stack, function);
    }
  }

  private void call(long target, long slot, long returnAddress) {
    CallStack stack = holding(slot);
    popBelow(stack, slot);
    int caller = names.function(returnAddress - 1);
    if (stack.depth == 0) {
      long now = time;
      time = begun ? now : 0; // what ran before the first call of all is that caller's too
      begun = true;
      push(stack, caller == AddressNames.NONE ? names.target(returnAddress - 1) : caller, slot + 1, 0);
      time = now;
    } else if (caller != AddressNames.NONE) {
      become(stack, caller);
    }
    int callee = names.target(target);
    if (callee == stack.functions[stack.depth - 1] && !names.isStart(target)) {
      return; // to read its own address, or to fill the CPU's return stack: no call to people
    }
    push(stack, callee, slot, returnAddress);
  }

  private void ret(long target, long slot) {
    CallStack stack = current();
    int at = stack.find(slot);
    if (at < 0) {
      stack = stackWithReturnAt(slot);
      at = stack == null ? -1 : stack.find(slot);
    }
    if (stack == null || at < 0) {
      jumpByReturn(target, slot);
      return;
    }
    boolean returns = stack.returns[at] == target;
    while (stack.depth > at) {
      pop(stack);
    }
    stack.last = slot;
    if (!returns) {
      arrive(stack, target, slot);
    }
  }

  /** A thread that waits, whose return address lies there: it runs now. */
  private @Nullable CallStack stackWithReturnAt(long slot) {
    for (CallStack other : stacks) {
      if (other.offCpu && other.find(slot) >= 0) {
        return switchTo(other);
      }
    }
    return null;
  }

  /** A return whose address nobody called from: pushed to be jumped to, or the first of a new thread. */
  private void jumpByReturn(long target, long slot) {
    CallStack stack = holding(slot);
    popBelow(stack, slot);
    stack.last = slot;
    stack.base = Math.max(stack.base, slot);
    arrive(stack, target, slot);
  }

  private void arrive(CallStack stack, long target, long slot) {
    int function = names.function(target);
    if (stack.depth == 1 && stack.slots[0] == slot + 1 && names.isStart(target)) {
      pop(stack); // where a thread began that has ended, another begins
    }
    if (stack.depth > 0) {
      if (function != AddressNames.NONE) {
        become(stack, function);
      }
    } else {
      stack.named = false; // a new thread on a stack that may have been another's
      push(stack, names.target(target), slot + 1, 0);
    }
  }

  private void interrupt(long handler, long slot, long more) {
    int vector = (int) more & 0xff;
    CallStack stack = current();
    if ((more & 256) != 0 && stack.user) {
      leaveUser(stack);
    } else {
      stack = holding(slot);
    }
    popBelow(stack, slot);
    EventKind kind = vector < EXCEPTIONS ? EventKind.FAULT : EventKind.INTERRUPT;
    String text =
        vector == PAGE_FAULT ? "page fault" : vector < EXCEPTIONS ? "exception " + vector : "interrupt " + vector;
    sink.event(stack.track, time, kind, string(text));
    push(stack, names.target(handler), slot, -1);
  }

  private void interruptReturn(long slot, boolean toUser) {
    CallStack stack = current();
    int at = stack.find(slot);
    if (at < 0) {
      CallStack other = stackWithReturnAt(slot);
      stack = other != null ? other : toUser ? stack : holding(slot);
      at = stack.find(slot);
    }
    if (toUser) {
      enterUser(stack);
      return;
    }
    if (at >= 0) {
      while (stack.depth > at) {
        pop(stack);
      }
    } else {
      popBelow(stack, slot);
    }
    stack.last = slot;
  }

  private void systemCall(long target) {
    CallStack stack = current();
    leaveUser(stack);
    push(stack, names.target(target), stack.base + 1, -1);
  }

  private void enterUser(CallStack stack) {
    while (stack.depth > 0) {
      pop(stack);
    }
    stack.last = stack.base;
    if (!stack.user) {
      stack.user = true;
      sink.enter(stack.track, time, user);
    }
    if (!seenUser) {
      seenUser = true;
      sink.event(stack.track, time, EventKind.MILESTONE, string("first user instruction"));
    }
  }

  private void leaveUser(CallStack stack) {
    if (stack.user) {
      stack.user = false;
      sink.exit(stack.track, time, TraceSink.UNKNOWN);
    }
  }

  private void idle(long nanos) {
    CallStack stack = current();
    sink.enter(stack.track, time - nanos, idle);
    sink.exit(stack.track, time, TraceSink.UNKNOWN);
  }
}
