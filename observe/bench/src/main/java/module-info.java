/** Benchmarks: whole processes, side by side with their peers. */
module org.demitasse.bench {
  requires static org.jspecify;
}
