package org.demitasse.differential;

/** Something that executes cases: the host's CPU or an engine. */
interface Subject extends AutoCloseable {
  /**
   * Runs cases that share one {@link TestCase#dataSeed}.
   *
   * @param outcomes filled in, by the same index
   */
  void run(TestCase[] cases, Outcome[] outcomes, int count);

  @Override
  void close();
}
