package org.demitasse.differential;

/**
 * The cases of {@link Generator} in 64-bit mode, ended by the INT3 behind the instruction instead of a single-step
 * trap: single steps are never translated. Which bytes are behind it, a single step in the interpreter tells.
 */
final class UntrappedGenerator {
  private final Generator generator;
  private final CpuSubject stepped = new CpuSubject(InstructionSet.table());
  private final Outcome[] outcome = {new Outcome()};
  private final long seed;

  UntrappedGenerator(long seed) {
    this.seed = seed;
    generator = new Generator(seed);
  }

  /** Fills in the case of an index. The same seed and index always give the same case. */
  void generate(long index, TestCase into) {
    long place = index * 4;
    do {
      generator.generate(place++, into);
    } while (into.mode == Mode.CODE16);
    into.dataSeed = Random.mix(seed ^ Random.mix(index / Generator.BATCH + 1));
    if (into.singleStep()) {
      stepped.run(new TestCase[] {into}, outcome, 1);
      long length = outcome[0].rip - into.rip;
      if (outcome[0].vector == Outcome.DEBUG && length > 0 && length < into.codeBytes) {
        into.codeBytes = (int) length;
      }
      into.rflags &= ~TestCase.TRAP_FLAG;
    }
  }
}
