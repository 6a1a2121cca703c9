package org.demitasse.gdb;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.demitasse.core.vcpu.DebugTarget;
import org.demitasse.core.vcpu.DebugTarget.Kind;
import org.demitasse.core.vcpu.Vcpu;
import org.jspecify.annotations.Nullable;

/** The breakpoints and watchpoints of one client, set on all vCPUs alike. */
final class Breakpoints {
  /** Kinds of the protocol, in the order of its Z packets. */
  enum Type {
    SOFTWARE(Kind.EXECUTE, "swbreak"),
    HARDWARE(Kind.EXECUTE, "hwbreak"),
    WRITE(Kind.WRITE, "watch"),
    READ(Kind.ACCESS, "rwatch"),
    ACCESS(Kind.ACCESS, "awatch");

    private final Kind kind;

    /** The word of a stop reply. */
    final String word;

    Type(Kind kind, String word) {
      this.kind = kind;
      this.word = word;
    }
  }

  private record Point(Type type, long address, int length) {}

  private record Piece(Kind kind, long address, int length) {}

  private static final int MAX_POINTS = 1000;
  private static final int MAX_WATCHED_BYTES = 4096;

  private final List<? extends Vcpu> vcpus;
  private final Set<Point> points = new HashSet<>();

  Breakpoints(List<? extends Vcpu> vcpus) {
    this.vcpus = vcpus;
  }

  /** Sets one; false if the engine has no room for it. */
  boolean add(Type type, long address, int length) {
    if (points.size() >= MAX_POINTS || type.kind != Kind.EXECUTE && (length < 1 || length > MAX_WATCHED_BYTES)) {
      return false;
    }
    Point point = new Point(type, address, type.kind == Kind.EXECUTE ? 1 : length);
    List<Piece> pieces = pieces(point);
    for (int i = 0; i < pieces.size(); i++) {
      Piece piece = pieces.get(i);
      for (Vcpu vcpu : vcpus) {
        if (!vcpu.debug().addBreakpoint(piece.kind, piece.address, piece.length)) {
          pieces.subList(0, i + 1).forEach(this::removeUnlessNeeded);
          return false;
        }
      }
    }
    points.add(point);
    return true;
  }

  /** Removes one; nothing happens if it is not there. */
  void remove(Type type, long address, int length) {
    Point point = new Point(type, address, type.kind == Kind.EXECUTE ? 1 : length);
    if (points.remove(point)) {
      pieces(point).forEach(this::removeUnlessNeeded);
    }
  }

  /** Removes all. */
  void clear() {
    for (Point point : List.copyOf(points)) {
      remove(point.type, point.address, point.length);
    }
  }

  private void removeUnlessNeeded(Piece piece) {
    boolean needed = points.stream().anyMatch(other -> pieces(other).contains(piece));
    if (!needed) {
      vcpus.forEach(vcpu -> vcpu.debug().removeBreakpoint(piece.kind, piece.address, piece.length));
    }
  }

  /** Ranges of 1, 2, 4 or 8 bytes, aligned, as processors have them. */
  private static List<Piece> pieces(Point point) {
    List<Piece> pieces = new ArrayList<>();
    long at = point.address;
    int left = point.length;
    while (left > 0) {
      int size = 8;
      while (size > left || (at & size - 1) != 0) {
        size >>= 1;
      }
      pieces.add(new Piece(point.type.kind, at, size));
      at += size;
      left -= size;
    }
    return pieces;
  }

  /** What a stop reply says about the place where a vCPU has stopped, like {@code watch:1000;}, or an empty string. */
  String reason(DebugTarget target, long linear) {
    if (target.watchHit() != DebugTarget.NO_HIT) {
      return watchReason(target.watchHit());
    }
    for (Type type : List.of(Type.SOFTWARE, Type.HARDWARE)) {
      if (points.contains(new Point(type, linear, 1))) {
        return type.word + ":;";
      }
    }
    return "";
  }

  /** What a stop reply says about a watchpoint that was hit. */
  String watchReason(long hit) {
    Point watched = watching(hit);
    return watched == null ? "" : "%s:%x;".formatted(watched.type.word, hit);
  }

  private @Nullable Point watching(long address) {
    return points.stream()
        .filter(point -> point.type.kind != Kind.EXECUTE)
        .filter(point -> Long.compareUnsigned(address - point.address, point.length) < 0)
        .findFirst()
        .orElse(null);
  }
}
