/** Where the time of a boot went: trace records, spans, charts, reports and budgets. Every trace is untrusted. */
module org.demitasse.trace {
  requires transitive org.demitasse.core;
  requires transitive org.demitasse.elf;
  requires static transitive org.jspecify;

  exports org.demitasse.trace.chart;
  exports org.demitasse.trace.export;
  exports org.demitasse.trace.flow;
  exports org.demitasse.trace.record;
  exports org.demitasse.trace.report;
  exports org.demitasse.trace.span;
  exports org.demitasse.trace.tslog;
}
