package org.demitasse.trace.export;

import java.io.IOException;
import java.io.Writer;
import org.demitasse.trace.record.TraceSource;
import org.demitasse.trace.span.CallTree;
import org.demitasse.trace.span.SpanBuilder;

/**
 * Folded stacks: {@code thread;caller;callee TICKS}, one line per place in the call tree where work was done. Waiting
 * is left out, as whoever draws a flame graph of it has the widths for work.
 */
public final class FoldedText {
  private FoldedText() {}

  /** Reads the trace once. */
  public static void write(TraceSource trace, Writer out) throws IOException {
    CallTree tree = new CallTree();
    trace.read(new SpanBuilder(tree));
    for (int node = 1; node < tree.size(); node++) {
      if (tree.self(node) > 0) {
        String separator = "";
        for (int at : tree.path(node)) {
          out.append(separator).append(tree.name(at).replace(';', ',').replace('\n', ' '));
          separator = ";";
        }
        out.append(' ').append(Long.toString(tree.self(node))).append('\n');
      }
    }
  }
}
