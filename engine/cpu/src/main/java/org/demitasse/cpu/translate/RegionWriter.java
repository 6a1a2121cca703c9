package org.demitasse.cpu.translate;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.interpret.Block;
import org.demitasse.cpu.interpret.Region;
import org.jspecify.annotations.Nullable;

/** Turns a list of blocks into a hidden class and one instance of it. */
final class RegionWriter {
  /** Largest method that HotSpot compiles well (DESIGN 5): bytes of bytecode. */
  static final int MAX_BYTECODE = 6_000;

  private static final ClassDesc REGION = ClassDesc.of(Region.class.getName());
  private static final ClassDesc NAME = ClassDesc.of(RegionWriter.class.getPackageName() + ".TranslatedRegion");

  private RegionWriter() {}

  /** A finished region and its size. */
  record Written(Region region, int bytecodeBytes) {}

  /** Makes the region; null if its method would be too large. */
  static @Nullable Written write(List<Block> blocks, boolean tellsFlow) {
    int[] registers = {0xffff, 0xffff};
    assemble(blocks, tellsFlow, registers, new ArrayList<>()); // only to see which registers it needs
    List<Object> constants = new ArrayList<>();
    byte[] classFile = assemble(blocks, tellsFlow, registers, constants);
    int size = codeSize(classFile);
    if (size > MAX_BYTECODE) {
      return null;
    }
    try {
      MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClassWithClassData(classFile, constants, true);
      Region region = (Region) hidden.lookupClass().getConstructor().newInstance();
      region.holds(blocks.toArray(Block[]::new));
      return new Written(region, size);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a translated region could not be defined", e);
    }
  }

  private static byte[] assemble(List<Block> blocks, boolean tellsFlow, int[] registers, List<Object> constants) {
    return ClassFile.of()
        .build(
            NAME,
            type -> {
              type.withSuperclass(REGION);
              type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
              type.withMethodBody(
                  ConstantDescs.INIT_NAME,
                  ConstantDescs.MTD_void,
                  ClassFile.ACC_PUBLIC,
                  code ->
                      code.aload(0).invokespecial(REGION, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void).return_());
              type.withMethodBody(
                  "run",
                  MethodTypeDesc.of(
                      ConstantDescs.CD_void,
                      ClassDesc.of(Cpu.class.getName()),
                      ConstantDescs.CD_int,
                      ConstantDescs.CD_long),
                  ClassFile.ACC_PUBLIC,
                  code -> {
                    RegionEmitter emitter =
                        new RegionEmitter(code, blocks, tellsFlow, registers[0], registers[1], constants);
                    emitter.emit();
                    registers[0] = emitter.seenUsed();
                    registers[1] = emitter.seenChanged();
                  });
            });
  }

  private static int codeSize(byte[] classFile) {
    return ClassFile.of().parse(classFile).methods().stream()
        .flatMap(method -> method.code().stream())
        .mapToInt(code -> ((java.lang.classfile.attribute.CodeAttribute) code).codeLength())
        .max()
        .orElse(0);
  }
}
