package org.demitasse.trace.export;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceSource;
import org.demitasse.trace.span.CallTree;
import org.demitasse.trace.span.SpanBuilder;

/**
 * The gzipped protocol buffer of pprof ({@code profile.proto}): one sample per place in the call tree, with calls,
 * ticks of work, and ticks of waiting, which are not work of anybody.
 */
public final class Pprof {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int MOST_HELD_BYTES = 1 << 20;

  private final Map<String, Integer> strings = new HashMap<>();
  private final List<String> stringTable = new ArrayList<>();
  private final Map<String, Integer> functions = new HashMap<>();
  private final Message profile = new Message();
  private final OutputStream zip;

  private Pprof(OutputStream zip) {
    this.zip = zip;
    string("");
  }

  /** Reads the trace once. */
  public static void write(TraceSource trace, OutputStream out) throws IOException {
    CallTree tree = new CallTree();
    trace.read(new SpanBuilder(tree));
    try (OutputStream zip = new GZIPOutputStream(out, 1 << 16)) {
      Pprof pprof = new Pprof(zip);
      pprof.fill(tree, trace.info());
      pprof.profile.bytes.writeTo(zip);
    }
  }

  private void fill(CallTree tree, TraceInfo info) throws IOException {
    profile.message(1, valueType("calls", "count"));
    profile.message(1, valueType(info.unit(), info.unit()));
    profile.message(1, valueType("waiting", info.unit()));
    for (int node = 1; node < tree.size(); node++) {
      if (tree.calls(node) > 0) {
        sample(tree, node);
      }
      if (profile.bytes.size() > MOST_HELD_BYTES) { // of millions of samples
        profile.bytes.writeTo(zip);
        profile.bytes.reset();
      }
    }
    functions.forEach((name, id) -> {
      profile.message(4, new Message().number(1, id).message(4, new Message().number(1, id)));
      profile.message(5, new Message().number(1, id).number(2, string(name)).number(3, string(name)));
    });
    profile.number(14, string(info.unit())); // default_sample_type
    stringTable.forEach(text -> profile.bytes(6, text.getBytes(StandardCharsets.UTF_8)));
  }

  private Message valueType(String type, String unit) {
    return new Message().number(1, string(type)).number(2, string(unit));
  }

  private void sample(CallTree tree, int leaf) {
    Message locations = new Message();
    for (int node = leaf; node != CallTree.ROOT; node = tree.parent(node)) {
      String name = tree.name(node);
      locations.varint(functions.computeIfAbsent(name, unseen -> functions.size() + 1));
    }
    Message values = new Message().varint(tree.calls(leaf)).varint(tree.self(leaf)).varint(tree.waited(leaf));
    profile.message(2, new Message().message(1, locations).message(2, values));
  }

  private int string(String text) {
    return strings.computeIfAbsent(
        text,
        unseen -> {
          stringTable.add(text);
          return stringTable.size() - 1;
        });
  }

  /** A protocol buffer message being written. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message number(int field, long value) {
      return varint((long) field << 3 | VARINT).varint(value);
    }

    Message message(int field, Message inner) {
      return bytes(field, inner.bytes.toByteArray());
    }

    Message bytes(int field, byte[] content) {
      varint((long) field << 3 | BYTES).varint(content.length);
      bytes.writeBytes(content);
      return this;
    }

    Message varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        bytes.write((int) (rest & 0x7f | 0x80));
        rest >>>= 7;
      }
      bytes.write((int) rest);
      return this;
    }
  }
}
