package org.demitasse.cpu.translate;

import java.lang.reflect.Method;
import org.demitasse.core.host.HostCompiler;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.interpret.Region;
import org.jspecify.annotations.Nullable;

/**
 * A new region that the JVM is to compile before a guest runs it, on a thread of its own: it is asked to, or, where it
 * cannot be asked, called with no instruction to execute until its calls have become as quick as compiled code.
 */
final class WarmUp {
  /**
   * How often a region is called without work so that the JVM compiles it: over Tier3InvocationThreshold, and a
   * multiple of the 128 after which it looks (Tier0InvokeNotifyFreqLog).
   */
  private static final int CALLS = 384;

  /** How often it is called to see whether it is compiled. A busy JVM wants more calls before it compiles. */
  private static final int PROBE_CALLS = 32;

  private static final int PROBES = 4;
  private static final long COMPILED_CALL_NANOS = 80;

  /** C1 gives up on methods whose locals need too much stack; for what the JVM interprets the guest would pay. */
  private static final long LIMIT_NANOS = 5_000_000_000L;

  private static final long PROFILING_NANOS = 2_000_000_000L;

  final Translator.Request request;
  final Region region;
  private final @Nullable HostCompiler compiler;
  private final Method method;
  private final long start = System.nanoTime();

  WarmUp(Translator.Request request, Region region, Cpu nobody, @Nullable HostCompiler compiler) {
    this.request = request;
    this.region = region;
    this.compiler = compiler;
    method = region.method();
    if (compiler != null) {
      compiler.compile(method, region.isQuick() ? HostCompiler.Tier.C1 : HostCompiler.Tier.C1_PROFILED);
    } else {
      call(nobody, CALLS);
    }
  }

  /** Says whether it is compiled. Several short tries: this thread may lose its processor in any one of them. */
  boolean isCompiled(Cpu nobody) {
    if (compiler != null) {
      return compiler.isCompiled(method);
    }
    for (int n = 0; n < PROBES; n++) {
      long begin = System.nanoTime();
      call(nobody, PROBE_CALLS);
      if ((System.nanoTime() - begin) / PROBE_CALLS < COMPILED_CALL_NANOS) {
        return true;
      }
    }
    return false;
  }

  /**
   * Says whether the JVM is done with a lasting region that was handed over: until C2 has it, it counts and profiles,
   * and is slower than the quick one that it took the place of. One that does not run any more stays so.
   */
  boolean isFinished() {
    return compiler == null || compiler.isWellCompiled(method) || System.nanoTime() - start > PROFILING_NANOS;
  }

  /** Says whether it will hardly be compiled any more. */
  boolean isTooLate() {
    return compiler != null
        ? !compiler.isQueued(method) && !compiler.isCompiled(method)
        : System.nanoTime() - start > LIMIT_NANOS;
  }

  private void call(Cpu nobody, int times) {
    for (int n = 0; n < times; n++) {
      nobody.remaining = 0;
      region.run(nobody, 0, 0);
    }
  }
}
