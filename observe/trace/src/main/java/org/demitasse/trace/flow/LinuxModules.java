package org.demitasse.trace.flow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.demitasse.elf.Btf;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;
import org.jspecify.annotations.Nullable;

/**
 * The functions of the modules that a Linux kernel has loaded, out of its memory: the list {@code modules}, and of each
 * module the symbols that it keeps for its own kallsyms (Linux: kernel/module/kallsyms.c). Where these are in {@code
 * struct module} differs from kernel to kernel; one with BTF describes itself.
 */
public final class LinuxModules {
  private static final int MAX_MODULES = 1000;
  private static final int MAX_SYMBOLS = 1 << 16; // of one module
  private static final int MAX_FUNCTIONS = 1 << 18; // of all of them
  private static final int MAX_BTF = 64 << 20;
  private static final int MAX_NAMES = 4 << 20;
  private static final int MAX_NAME = 256;

  /** Bytes of an Elf64_Sym (System V gABI, chapter 4). */
  private static final int SYMBOL = 24;

  private static final int STT_FUNC = 2;

  /** A module that is only being read in: its symbols are not there yet. */
  private static final int MODULE_STATE_UNFORMED = 3;

  /** The guest's memory by linear address. */
  public interface Memory {
    /** Reads bytes, or gives null if they are not all mapped to RAM. */
    byte @Nullable [] read(long linear, int bytes);
  }

  /** Offsets in {@code struct module} and {@code struct mod_kallsyms}. */
  private record Layout(int list, int state, int kallsyms, int symtab, int count, int names, ModulePlaces places) {
    static Optional<Layout> of(Map<String, Btf.Structure> structures) {
      Btf.Structure module = structures.get("module");
      Btf.Structure table = structures.get("mod_kallsyms");
      if (module == null || table == null) {
        return Optional.empty();
      }
      OptionalInt[] all = {
        module.offset("list"),
        module.offset("state"),
        module.offset("kallsyms"),
        table.offset("symtab"),
        table.offset("num_symtab"),
        table.offset("strtab")
      };
      int[] n = List.of(all).stream().flatMapToInt(OptionalInt::stream).toArray();
      return n.length == all.length
          ? Optional.of(new Layout(n[0], n[1], n[2], n[3], n[4], n[5], new ModulePlaces(structures)))
          : Optional.empty();
    }
  }

  private final Memory memory;
  private final long head;
  private final Layout layout;

  private LinuxModules(Memory memory, long head, Layout layout) {
    this.memory = memory;
    this.head = head;
    this.layout = layout;
  }

  /**
   * Looks at a kernel that does not run.
   *
   * @param kernel its symbols, as it is linked
   * @param slide how far it has moved
   * @return nothing if it has no modules or no BTF, or has not mapped its memory yet
   */
  public static Optional<LinuxModules> of(Symbols kernel, long slide, Memory memory) {
    Optional<Symbol> list = kernel.named("modules");
    Optional<Symbol> start = kernel.named("__start_BTF");
    Optional<Symbol> stop = kernel.named("__stop_BTF");
    if (list.isEmpty() || start.isEmpty() || stop.isEmpty()) {
      return Optional.empty();
    }
    long bytes = stop.get().address() - start.get().address();
    byte[] btf = bytes <= 0 || bytes > MAX_BTF ? null : memory.read(start.get().address() + slide, (int) bytes);
    if (btf == null) {
      return Optional.empty();
    }
    Set<String> wanted = new HashSet<>(ModulePlaces.STRUCTURES);
    wanted.addAll(Set.of("module", "mod_kallsyms"));
    return Layout.of(Btf.structures(btf, wanted))
        .map(layout -> new LinuxModules(memory, list.get().address() + slide, layout));
  }

  /**
   * Something that changes whenever a module is loaded; 0 while there is none. Cheap.
   *
   * @param kernel its symbols, as it is linked
   */
  static long newest(Symbols kernel, long slide, Memory memory) {
    Optional<Symbol> list = kernel.named("modules");
    byte[] first = list.isEmpty() ? null : memory.read(list.get().address() + slide, 8);
    long newest = first == null ? 0 : ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return list.isEmpty() || newest == list.get().address() + slide ? 0 : newest;
  }

  /** Whether the newest module is still being read in. */
  boolean isReadingIn() {
    byte[] state = memory.read(pointer(head) - layout.list + layout.state, 4);
    return state != null && number(state, 0) == MODULE_STATE_UNFORMED;
  }

  /** The functions of all modules that are loaded now, those being initialised among them. */
  public Symbols symbols() {
    List<Symbol> functions = new ArrayList<>();
    for (long module : formed()) {
      if (functions.size() < MAX_FUNCTIONS) {
        addModule(module, functions);
      }
    }
    return new Symbols(functions);
  }

  /** Where all modules are that are loaded now, the newest first. */
  public List<ModulePlace> places() {
    return formed().stream().flatMap(module -> layout.places.of(memory, module).stream()).toList();
  }

  /** The addresses of each {@code struct module} that is complete. */
  private List<Long> formed() {
    List<Long> found = new ArrayList<>();
    long at = pointer(head);
    for (int n = 0; n < MAX_MODULES && at != 0 && at != head; n++) {
      byte[] state = memory.read(at - layout.list + layout.state, 4);
      if (state != null && number(state, 0) != MODULE_STATE_UNFORMED) {
        found.add(at - layout.list);
      }
      at = pointer(at);
    }
    return found;
  }

  private void addModule(long module, List<Symbol> functions) {
    long table = pointer(module + layout.kallsyms);
    byte[] counted = table == 0 ? null : memory.read(table + layout.count, 4);
    if (counted == null) {
      return;
    }
    int count = number(counted, 0);
    if (count > 0 && count <= MAX_SYMBOLS) {
      byte[] symbols = memory.read(pointer(table + layout.symtab), count * SYMBOL);
      if (symbols != null) {
        addFunctions(ByteBuffer.wrap(symbols).order(ByteOrder.LITTLE_ENDIAN), pointer(table + layout.names), functions);
      }
    }
  }

  private void addFunctions(ByteBuffer symbols, long names, List<Symbol> functions) {
    int last = 0;
    for (int at = 0; at < symbols.limit(); at += SYMBOL) {
      last = isFunction(symbols, at) ? Math.max(last, symbols.getInt(at)) : last;
    }
    byte[] texts = last < MAX_NAMES ? texts(names, last) : null;
    if (texts == null) {
      return;
    }
    for (int at = 0; at < symbols.limit(); at += SYMBOL) {
      if (isFunction(symbols, at)) {
        String name = text(texts, symbols.getInt(at));
        if (!name.isEmpty()) {
          functions.add(new Symbol(name, symbols.getLong(at + 8), symbols.getLong(at + 16)));
        }
      }
    }
  }

  /** Those that are defined here: the others have the kernel's addresses. */
  private static boolean isFunction(ByteBuffer symbols, int at) {
    return (symbols.get(at + 4) & 15) == STT_FUNC && symbols.getShort(at + 6) != 0 && symbols.getInt(at) > 0;
  }

  /** The names up to the one that starts last, whose end is not known: it may be the last byte that is mapped. */
  private byte @Nullable [] texts(long names, int last) {
    for (int bytes = MAX_NAME; bytes > 0; bytes /= 2) {
      byte[] read = memory.read(names, last + bytes);
      if (read != null) {
        return read;
      }
    }
    return null;
  }

  private static String text(byte[] texts, int start) {
    int end = start;
    while (end < texts.length && texts[end] != 0 && end - start < MAX_NAME) {
      end++;
    }
    return new String(texts, start, end - start, StandardCharsets.ISO_8859_1);
  }

  private static int number(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  /** A pointer in memory; 0 if it is not there. */
  private long pointer(long linear) {
    byte[] bytes = memory.read(linear, 8);
    return bytes == null ? 0 : ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }
}
