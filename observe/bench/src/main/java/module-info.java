/** Benchmarks: whole processes, side by side with their peers. */
module org.demitasse.bench {
  requires jdk.jfr;
  requires org.demitasse.elf;
  requires org.demitasse.machine;
  requires static org.jspecify;
}
