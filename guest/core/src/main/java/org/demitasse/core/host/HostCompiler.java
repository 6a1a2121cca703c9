package org.demitasse.core.host;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Executable;
import jdk.internal.misc.Unsafe;
import org.jspecify.annotations.Nullable;

/**
 * Asks HotSpot to compile one method now, with the compiler of our choice. Left to itself it compiles a method that is
 * called often with C1 and counters first, then without, or with C2: twice or three times the work, and after hundreds
 * of calls that it interprets.
 *
 * <p>HotSpot has this for its own tests: natives that it gives to a class {@code jdk.test.whitebox.WhiteBox} of the
 * boot loader if it was started with {@code -XX:+UnlockDiagnosticVMOptions -XX:+WhiteBoxAPI} (src/hotspot/share/prims/
 * whitebox.cpp). The class is made here, with the three natives that are used; about the others HotSpot prints a line
 * each, which {@code -XX:-DisplayVMOutput} keeps from the terminal.
 */
public final class HostCompiler {
  /** Compilers, by HotSpot's number. */
  public enum Tier {
    /** C1 without counters: quickly made, never made anew. */
    C1(1),

    /** C1 with the counters and profiles that C2 wants; then HotSpot goes on as usual. */
    C1_PROFILED(3);

    private final int level;

    Tier(int level) {
      this.level = level;
    }
  }

  private static final String NAME = "jdk.test.whitebox.WhiteBox";
  private static final int WHOLE_METHOD = -1;
  private static final int C2_LEVEL = 4;

  private final MethodHandle compile;
  private final MethodHandle level;
  private final MethodHandle queued;

  private HostCompiler(MethodHandle compile, MethodHandle level, MethodHandle queued) {
    this.compile = compile;
    this.level = level;
    this.queued = queued;
  }

  /** Found once: the class can be given to the boot loader once. */
  private static final class Only {
    static final @Nullable HostCompiler COMPILER = make();
  }

  /** This JVM's, or null if it was not started for it. */
  public static @Nullable HostCompiler find() {
    return Only.COMPILER;
  }

  private static @Nullable HostCompiler make() {
    try {
      byte[] classFile = whiteBox();
      Class<?> box = Unsafe.getUnsafe().defineClass(NAME, classFile, 0, classFile.length, null, null);
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      HostCompiler found =
          new HostCompiler(
              lookup.findStatic(
                  box,
                  "enqueueMethodForCompilation0",
                  MethodType.methodType(boolean.class, Executable.class, int.class, int.class)),
              lookup.findStatic(
                  box, "getMethodCompilationLevel0", MethodType.methodType(int.class, Executable.class, boolean.class)),
              lookup.findStatic(
                  box, "isMethodQueuedForCompilation0", MethodType.methodType(boolean.class, Executable.class)));
      found.isCompiled(HostCompiler.class.getDeclaredMethod("find"));
      return found;
    } catch (LinkageError | ReflectiveOperationException | IllegalStateException notThere) {
      return null; // another JVM, or one that was not told to have it
    }
  }

  /** The class file of HotSpot's test class, as far as it is needed. */
  private static byte[] whiteBox() {
    ClassDesc executable = Executable.class.describeConstable().orElseThrow();
    ClassDesc truth = ConstantDescs.CD_boolean;
    ClassDesc number = ConstantDescs.CD_int;
    ClassDesc self = ClassDesc.of(NAME);
    int open = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC | ClassFile.ACC_NATIVE;
    return ClassFile.of()
        .build(
            self,
            type -> {
              type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
              type.withMethod("registerNatives", ConstantDescs.MTD_void, open, _ -> {});
              type.withMethod(
                  "enqueueMethodForCompilation0", MethodTypeDesc.of(truth, executable, number, number), open, _ -> {});
              type.withMethod(
                  "getMethodCompilationLevel0", MethodTypeDesc.of(number, executable, truth), open, _ -> {});
              type.withMethod("isMethodQueuedForCompilation0", MethodTypeDesc.of(truth, executable), open, _ -> {});
              type.withMethodBody(
                  ConstantDescs.CLASS_INIT_NAME,
                  ConstantDescs.MTD_void,
                  ClassFile.ACC_STATIC,
                  code -> code.invokestatic(self, "registerNatives", ConstantDescs.MTD_void).return_());
            });
  }

  /** Queues a method for a compiler; a method that it has queued or compiled already is left as it is. */
  public void compile(Executable method, Tier tier) {
    try {
      boolean _ = (boolean) compile.invokeExact(method, tier.level, WHOLE_METHOD);
    } catch (Throwable e) { // what invokeExact declares
      throw failed(e);
    }
  }

  /** Says whether a method is compiled, by whichever compiler. */
  public boolean isCompiled(Executable method) {
    return level(method) > 0;
  }

  /** Says whether a method is compiled by C2. */
  public boolean isWellCompiled(Executable method) {
    return level(method) == C2_LEVEL;
  }

  private int level(Executable method) {
    try {
      return (int) level.invokeExact(method, false);
    } catch (Throwable e) { // what invokeExact declares
      throw failed(e);
    }
  }

  /** Says whether a method waits for a compiler, or is being compiled. */
  public boolean isQueued(Executable method) {
    try {
      return (boolean) queued.invokeExact(method);
    } catch (Throwable e) { // what invokeExact declares
      throw failed(e);
    }
  }

  /** Whatever a method handle may throw, as its signature says: HotSpot's natives throw errors only. */
  private static RuntimeException failed(Throwable e) {
    return e instanceof Error error ? rethrow(error) : new IllegalStateException("HotSpot's own call failed", e);
  }

  private static RuntimeException rethrow(Error error) {
    throw error;
  }
}
