/** Benchmarks: whole processes, side by side with their peers. */
module org.demitasse.bench {
  requires java.management;
  requires jdk.jfr;
  requires org.demitasse.machine;
  requires static org.jspecify;
}
