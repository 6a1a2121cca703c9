package org.demitasse.trace.span;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Spans merged by their place in the call tree, without time: what flame graphs and profiles are made of. */
public final class CallTree implements SpanSink {
  /** The node above all tracks. */
  public static final int ROOT = 0;

  private final List<String> names = new ArrayList<>();
  private final List<String> trackNames = new ArrayList<>();
  private int[] parents = new int[1024];
  private int[] functions = new int[1024];
  private long[] selfs = new long[1024];
  private long[] waits = new long[1024];
  private long[] calls = new long[1024];
  private int nodes = 1;
  private long[] keys = new long[4096];
  private int[] places = new int[4096];
  private int[] path = new int[64];
  private int[] current = new int[16];

  /** Makes an empty tree. */
  public CallTree() {}

  @Override
  public void string(int number, String text) {
    names.add(text);
  }

  @Override
  public void track(int number, String name) {
    if (number == trackNames.size()) {
      trackNames.add(name);
    } else {
      trackNames.set(number, name);
    }
  }

  @Override
  public void open(int track, int depth, int function, long start) {
    if (track >= current.length) {
      current = Arrays.copyOf(current, Math.max(track + 1, current.length * 2));
    }
    int parent = depth == 0 ? child(ROOT, -1 - track) : current[track];
    current[track] = child(parent, function);
  }

  @Override
  public void close(Span span) {
    int node = current[span.track];
    selfs[node] += span.self;
    waits[node] += span.waiting ? span.length() : 0;
    calls[node]++;
    current[span.track] = parents[node];
  }

  private int child(int parent, int function) {
    long key = (long) parent << 32 | function & 0xffff_ffffL;
    int mask = keys.length - 1;
    int place = hash(key) & mask;
    while (places[place] != 0) {
      if (keys[place] == key) {
        return places[place];
      }
      place = place + 1 & mask;
    }
    keys[place] = key;
    places[place] = nodes;
    return add(parent, function);
  }

  private int add(int parent, int function) {
    if (nodes == parents.length) {
      int size = nodes * 2;
      parents = Arrays.copyOf(parents, size);
      functions = Arrays.copyOf(functions, size);
      selfs = Arrays.copyOf(selfs, size);
      waits = Arrays.copyOf(waits, size);
      calls = Arrays.copyOf(calls, size);
    }
    int node = nodes++;
    parents[node] = parent;
    functions[node] = function;
    if (nodes * 2 > keys.length) {
      rehash();
    }
    return node;
  }

  private void rehash() {
    keys = new long[keys.length * 2];
    places = new int[keys.length];
    int mask = keys.length - 1;
    for (int node = 1; node < nodes; node++) {
      long key = (long) parents[node] << 32 | functions[node] & 0xffff_ffffL;
      int place = hash(key) & mask;
      while (places[place] != 0) {
        place = place + 1 & mask;
      }
      keys[place] = key;
      places[place] = node;
    }
  }

  private static int hash(long key) {
    long mixed = key * 0x9E37_79B9_7F4A_7C15L;
    return (int) (mixed >>> 40);
  }

  /** How many nodes there are, {@link #ROOT} included; a node's number is above its parent's. */
  public int size() {
    return nodes;
  }

  /** The node that a node is below. */
  public int parent(int node) {
    return parents[node];
  }

  /** A node's function, or its track's name below the root. */
  public String name(int node) {
    int function = functions[node];
    return node == ROOT ? "all" : function < 0 ? trackNames.get(-1 - function) : names.get(function);
  }

  /** Ticks of work in a node itself. */
  public long self(int node) {
    return selfs[node];
  }

  /** Ticks of waiting, in a node that means waiting: see {@link org.demitasse.trace.record.TraceSink#IDLE}. */
  public long waited(int node) {
    return waits[node];
  }

  /** How often a node was entered from its parent. */
  public long calls(int node) {
    return calls[node];
  }

  /** The nodes from the track down to a node. */
  public List<Integer> path(int node) {
    int length = 0;
    for (int at = node; at != ROOT; at = parents[at]) {
      if (length == path.length) {
        path = Arrays.copyOf(path, length * 2);
      }
      path[length++] = at;
    }
    List<Integer> nodesDown = new ArrayList<>(length);
    for (int n = length - 1; n >= 0; n--) {
      nodesDown.add(path[n]);
    }
    return nodesDown;
  }
}
