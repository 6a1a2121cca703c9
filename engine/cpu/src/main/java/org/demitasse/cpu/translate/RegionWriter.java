package org.demitasse.cpu.translate;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.interpret.Block;
import org.demitasse.cpu.interpret.Region;
import org.demitasse.cpu.interpret.TranslatedCode;
import org.jspecify.annotations.Nullable;

/** Turns a list of blocks into a hidden class and one instance of it. */
final class RegionWriter {
  /** Largest method, in bytes of bytecode: C1 refuses some of 5,000 ("too many stack slots used"). */
  static final int MAX_BYTECODE = 4_000;

  private static final ClassDesc SUPER = ClassDesc.of(TranslatedCode.class.getName());
  private static final ClassDesc QUICK = named("QuickRegion");
  private static final ClassDesc LASTING = named("LastingRegion");
  private static final MethodTypeDesc RUN =
      MethodTypeDesc.of(
          ConstantDescs.CD_void, ClassDesc.of(Cpu.class.getName()), ConstantDescs.CD_int, ConstantDescs.CD_long);

  /** For a class that nobody loads: stack maps are half of the work. */
  private static final ClassFile DRAFT =
      ClassFile.of(
          ClassFile.StackMapsOption.DROP_STACK_MAPS,
          ClassFile.DeadCodeOption.KEEP_DEAD_CODE,
          ClassFile.DebugElementsOption.DROP_DEBUG);

  private final List<Block> blocks;
  private final boolean tellsFlow;
  private final boolean quick;
  private final ClassDesc name;

  /** What one writing of the method leaves for the next. */
  private RegionNeeds needs = RegionNeeds.all();

  private final List<RegionConstant> constants = new ArrayList<>();

  private RegionWriter(List<Block> blocks, boolean tellsFlow, boolean quick) {
    this.blocks = blocks;
    this.tellsFlow = tellsFlow;
    this.quick = quick;
    name = quick ? QUICK : LASTING;
  }

  private static ClassDesc named(String simpleName) {
    return ClassDesc.of(RegionWriter.class.getPackageName() + "." + simpleName);
  }

  /**
   * Makes the region; null if its method would be too large.
   *
   * @param quick whether C1 is to compile it, quickly: then it keeps nothing in locals
   */
  static @Nullable Region write(List<Block> blocks, boolean tellsFlow, boolean quick) {
    RegionWriter writer = new RegionWriter(blocks, tellsFlow, quick);
    writer.draft();
    byte[] classFile = ClassFile.of().build(writer.name, writer::whole);
    int size = codeSize(classFile);
    if (size > MAX_BYTECODE) {
      return null;
    }
    try {
      List<Object> values = writer.constants.stream().map(RegionConstant::value).toList();
      MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClassWithClassData(classFile, values, true);
      TranslatedCode code = (TranslatedCode) hidden.lookupClass().getConstructor().newInstance();
      return new Region(code, blocks, tellsFlow, size, quick);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a translated region could not be defined", e);
    }
  }

  /** Writes the method only to see what it needs: what the library would do with it afterwards is not wanted. */
  private void draft() {
    try {
      DRAFT.build(
          name,
          type ->
              type.withMethodBody(
                  "run",
                  RUN,
                  ClassFile.ACC_PUBLIC,
                  code -> {
                    emit(code);
                    throw new Written();
                  }));
    } catch (Written draft) {
      return;
    }
    throw new IllegalStateException("a class was made of a draft");
  }

  /** The end of a draft. */
  private static final class Written extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Written() {
      super(null, null, false, false);
    }
  }

  private void whole(ClassBuilder type) {
    type.withSuperclass(SUPER);
    type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
    for (int n = 0; n < constants.size(); n++) {
      type.withField(
          RegionConstant.name(n),
          constants.get(n).type(),
          ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_FINAL);
    }
    if (!constants.isEmpty()) {
      type.withMethodBody(
          ConstantDescs.CLASS_INIT_NAME, ConstantDescs.MTD_void, ClassFile.ACC_STATIC, code -> initialize(code));
    }
    type.withMethodBody(
        ConstantDescs.INIT_NAME,
        ConstantDescs.MTD_void,
        ClassFile.ACC_PUBLIC,
        code -> code.aload(0).invokespecial(SUPER, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void).return_());
    run(type);
  }

  private void run(ClassBuilder type) {
    type.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, this::emit);
  }

  private void emit(CodeBuilder code) {
    RegionEmitter emitter = new RegionEmitter(code, name, blocks, tellsFlow, quick, needs, constants);
    emitter.emit();
    needs = emitter.needs();
  }

  /** Fills the static fields from the class data (a dynamic constant each would be resolved while the guest runs). */
  private void initialize(CodeBuilder code) {
    ClassDesc handles = ConstantDescs.CD_MethodHandles;
    ClassDesc lookup = ConstantDescs.CD_MethodHandles_Lookup;
    code.invokestatic(handles, "lookup", MethodTypeDesc.of(lookup));
    code.loadConstant(ConstantDescs.DEFAULT_NAME).loadConstant(ConstantDescs.CD_List);
    code.invokestatic(
        handles,
        "classData",
        MethodTypeDesc.of(ConstantDescs.CD_Object, lookup, ConstantDescs.CD_String, ConstantDescs.CD_Class));
    code.checkcast(ConstantDescs.CD_List).astore(0);
    for (int n = 0; n < constants.size(); n++) {
      code.aload(0).loadConstant(n);
      code.invokeinterface(
          ConstantDescs.CD_List, "get", MethodTypeDesc.of(ConstantDescs.CD_Object, ConstantDescs.CD_int));
      code.checkcast(constants.get(n).type()).putstatic(name, RegionConstant.name(n), constants.get(n).type());
    }
    code.return_();
  }

  private static int codeSize(byte[] classFile) {
    return ClassFile.of().parse(classFile).methods().stream()
        .filter(method -> method.methodName().equalsString("run"))
        .flatMap(method -> method.findAttribute(Attributes.code()).stream())
        .mapToInt(CodeAttribute::codeLength)
        .sum();
  }
}
