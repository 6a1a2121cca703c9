package org.demitasse.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The layouts of structures out of a Linux kernel's type information (Documentation/bpf/btf.rst). Only what is asked
 * for is kept: a kernel has a hundred thousand types.
 */
public final class Btf {
  private static final int MAGIC = 0xeb9f;
  private static final int HEADER = 24;
  private static final int TYPE = 12;
  private static final int KIND_STRUCT = 4;
  private static final int KIND_UNION = 5;
  private static final int MAX_NAME = 128;

  /** Members of one structure, those of the anonymous ones in it among them. */
  private static final int MAX_MEMBERS = 1 << 16;

  private static final int MAX_DEPTH = 8;

  private final ByteBuffer data;
  private final int strings;
  private final int stringsEnd;
  private int[] starts = new int[1024]; // where each type begins; the first has number 1
  private int count;

  private Btf(ByteBuffer data, int strings, int stringsEnd) {
    this.data = data;
    this.strings = strings;
    this.stringsEnd = stringsEnd;
  }

  /**
   * A structure.
   *
   * @param bytes its size
   * @param offsets its named members, those of anonymous structures and unions in it, too, and where they are in it, in
   *     bytes
   */
  public record Structure(int bytes, Map<String, Integer> offsets) {
    /** Keeps its own copy. */
    public Structure {
      offsets = Map.copyOf(offsets);
    }

    /** Where a member is. */
    public OptionalInt offset(String member) {
      Integer offset = offsets.get(member);
      return offset == null ? OptionalInt.empty() : OptionalInt.of(offset);
    }
  }

  /**
   * The structures of these names; those that are not there, or come behind damage, are missing.
   *
   * @param bytes a whole {@code .BTF} section of a little-endian kernel
   */
  public static Map<String, Structure> structures(byte[] bytes, Set<String> names) {
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < HEADER || (data.getShort(0) & 0xffff) != MAGIC) {
      return Map.of();
    }
    long header = data.getInt(4) & 0xffff_ffffL;
    long types = header + (data.getInt(8) & 0xffff_ffffL);
    long typesEnd = types + (data.getInt(12) & 0xffff_ffffL);
    long strings = header + (data.getInt(16) & 0xffff_ffffL);
    long stringsEnd = strings + (data.getInt(20) & 0xffff_ffffL);
    if (typesEnd > bytes.length || stringsEnd > bytes.length) {
      return Map.of();
    }
    return new Btf(data, (int) strings, (int) stringsEnd).find((int) types, (int) typesEnd, names);
  }

  private Map<String, Structure> find(int types, int end, Set<String> names) {
    Map<String, Integer> places = new HashMap<>();
    long at = types;
    while (at + TYPE <= end) {
      int info = data.getInt((int) at + 4);
      long next = at + TYPE + rest(kind(info), info & 0xffff);
      if (next > end) {
        break;
      }
      addStart((int) at);
      if (kind(info) == KIND_STRUCT) {
        int place = (int) at;
        text(data.getInt(place)).filter(names::contains).ifPresent(name -> places.putIfAbsent(name, place));
      }
      at = next;
    }
    Map<String, Structure> found = new HashMap<>();
    places.forEach((name, place) -> found.put(name, structure(place)));
    return found;
  }

  private void addStart(int at) {
    starts = count == starts.length ? Arrays.copyOf(starts, count * 2) : starts;
    starts[count++] = at;
  }

  private static int kind(int info) {
    return info >>> 24 & 31;
  }

  /** How many bytes follow a type's common part; 0 for kinds that have none. */
  private static long rest(int kind, int members) {
    return switch (kind) {
      case 1, 14, 17 -> 4; // INT, VAR, DECL_TAG
      case 3 -> 12; // ARRAY
      case KIND_STRUCT, KIND_UNION, 15, 19 -> members * 12L; // DATASEC, ENUM64
      case 6, 13 -> members * 8L; // ENUM, FUNC_PROTO
      default -> 0;
    };
  }

  private Structure structure(int at) {
    Map<String, Integer> offsets = new LinkedHashMap<>();
    members(at, 0, 0, offsets, MAX_MEMBERS);
    return new Structure(data.getInt(at + 8), offsets);
  }

  /**
   * Adds the members of a structure or union. With bit fields in it, an offset has the field's size in its top byte.
   *
   * @param left how many members may be looked at
   * @return how many are left then
   */
  private int members(int at, int base, int depth, Map<String, Integer> offsets, int left) {
    int info = data.getInt(at + 4);
    for (int n = 0; n < (info & 0xffff) && left > 0; n++) {
      int member = at + TYPE + n * 12;
      int bits = data.getInt(member + 8);
      int offset = base + ((info < 0 ? bits & 0xff_ffff : bits) >>> 3);
      left--;
      Optional<String> name = text(data.getInt(member));
      int type = data.getInt(member + 4);
      if (name.isPresent()) {
        offsets.putIfAbsent(name.get(), offset);
      } else if (depth < MAX_DEPTH && type > 0 && type <= count && hasMembers(starts[type - 1])) {
        left = members(starts[type - 1], offset, depth + 1, offsets, left);
      }
    }
    return left;
  }

  private boolean hasMembers(int at) {
    int kind = kind(data.getInt(at + 4));
    return kind == KIND_STRUCT || kind == KIND_UNION;
  }

  private Optional<String> text(int offset) {
    long start = strings + (offset & 0xffff_ffffL);
    long end = start;
    while (end < stringsEnd && end - start < MAX_NAME && data.get((int) end) != 0) {
      end++;
    }
    if (end == start || end >= stringsEnd || data.get((int) end) != 0) {
      return Optional.empty();
    }
    byte[] name = new byte[(int) (end - start)];
    data.get((int) start, name);
    return Optional.of(new String(name, StandardCharsets.US_ASCII));
  }
}
