package org.demitasse.trace.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.report.TraceSummary;
import org.demitasse.trace.span.FunctionTotal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kernel as large as Linux, linked at one address and run at another. */
class KernelSlideTest {
  private static final long LINKED = 0xffff_ffff_8100_0000L;
  private static final long SLIDE = 0x3380_0000L;
  private static final int FUNCTIONS = 50_000;

  @TempDir Path directory;

  private final List<Symbol> functions = new ArrayList<>();
  private final Symbols symbols;

  KernelSlideTest() {
    Random random = new Random(7);
    long address = LINKED;
    for (int n = 0; n < FUNCTIONS; n++) {
      functions.add(new Symbol("f" + n, address, 0));
      address += 16 * (1 + random.nextInt(40));
    }
    symbols = new Symbols(functions);
  }

  private List<Long> starts(int count, long slide) {
    return new Random(8)
        .ints(count, 0, FUNCTIONS)
        .mapToObj(n -> functions.get(n).address() + slide)
        .distinct()
        .toList();
  }

  @Test
  void isFoundByTheBannerBeforeAnythingElseIsInPlace() {
    long banner = LINKED + 0x80_0123;
    String text = "Linux version 6.1";
    Symbols kernel = new Symbols(List.of(new Symbol("linux_banner", banner, 0)));
    assertThat(KernelSlide.byBanner(kernel, at -> textAt(text, banner + SLIDE, at))).hasValue(SLIDE);
    assertThat(KernelSlide.byBanner(kernel, at -> textAt(text, banner, at))).hasValue(0);
    assertThat(KernelSlide.byBanner(kernel, at -> textAt(text, banner + SLIDE + 0x1000, at))).isEmpty();
    assertThat(KernelSlide.byBanner(kernel, at -> -1)).as("nothing is mapped").isEmpty();
    assertThat(KernelSlide.byBanner(symbols, at -> textAt(text, banner, at))).as("no symbol").isEmpty();
  }

  @Test
  void isFoundInPhysicalMemoryBeforeTheKernelHasMappedItself() {
    long banner = LINKED + 0x80_0123;
    String text = "Linux version 6.1";
    Symbols kernel = new Symbols(List.of(new Symbol("linux_banner", banner, 0)));
    Linkage linkage = new Linkage(List.of(new Linkage.Piece(0x100_0000, LINKED, 0x100_0000)));
    long loaded = 0x180_0123;
    long end = 64 << 20;
    assertThat(KernelSlide.physically(kernel, linkage, end, at -> textAt(text, loaded + 0x160_0000, at)))
        .hasValue(0x160_0000);
    assertThat(KernelSlide.physically(kernel, linkage, end, at -> textAt(text, loaded - 0x80_0000, at)))
        .as("below where its file wants it")
        .hasValue(-0x80_0000);
    assertThat(KernelSlide.physically(kernel, linkage, end, at -> textAt(text, loaded + 0x1000, at))).isEmpty();
    assertThat(KernelSlide.physically(kernel, Linkage.NONE, end, at -> textAt(text, loaded, at))).isEmpty();
    assertThat(KernelSlide.physically(symbols, linkage, end, at -> textAt(text, loaded, at))).isEmpty();
  }

  private static int textAt(String text, long start, long at) {
    return at >= start && at < start + text.length() ? text.charAt((int) (at - start)) : -1;
  }

  @Test
  void isFoundFromAddressesThatFunctionsStartAt() {
    assertThat(KernelSlide.of(symbols, starts(24, SLIDE))).hasValue(SLIDE);
    assertThat(KernelSlide.of(symbols, starts(24, 0))).hasValue(0);
  }

  @Test
  void isFoundAlsoWhenAThirdOfThemAreNoStarts() {
    List<Long> some = new ArrayList<>(starts(22, SLIDE));
    for (int n = 0; n < 10; n++) {
      some.add(LINKED + SLIDE + 0x12_3457 + 9 * n);
    }
    assertThat(KernelSlide.of(symbols, some)).hasValue(SLIDE);
  }

  @Test
  void isNotGuessed() {
    List<Long> nonsense = starts(24, SLIDE).stream().map(address -> address + 8).toList();
    assertThat(KernelSlide.of(symbols, nonsense)).isEmpty();
    assertThat(KernelSlide.of(symbols, starts(5, SLIDE))).isEmpty();
    assertThat(KernelSlide.of(Symbols.NONE, starts(24, SLIDE))).isEmpty();
    assertThat(KernelSlide.of(symbols, starts(24, 0x1000))).as("no multiple of 2 MiB").isEqualTo(OptionalLong.empty());
  }

  @Test
  void theTraceOfAKernelThatUnpackedItselfHasItsNamesFromTheFirstCallOn() throws Exception {
    TraceSummary summary = trace(40);
    assertThat(summary.milestones()).containsEntry("kernel unpacked", 1_000L);
    assertThat(summary.functions())
        .extracting(FunctionTotal::name)
        .contains("(unpacker)", "f0", "f1", "f39")
        .noneMatch(name -> name.startsWith("0x"));
    assertThat(summary.functions())
        .filteredOn(f -> f.name().equals("f1"))
        .extracting(FunctionTotal::calls)
        .contains(1L);
  }

  /** The kernel begins at its physical addresses, on the unpacker's side of memory. */
  @Test
  void theTraceHasTheNamesOfWhatRunsBeforeTheKernelIsMapped() throws Exception {
    long by = 0x60_0000;
    Linkage linkage = new Linkage(List.of(new Linkage.Piece(0x100_0000, LINKED, 0x100_0000)));
    for (int unpacking : List.of(1, 10_000)) {
      Path file = directory.resolve("early.trace");
      List<Symbol> more = new ArrayList<>(symbols.all());
      more.add(new Symbol("__bss_start", LINKED + 0x80_0000, 0));
      Symbols all = new Symbols(more);
      FlowRecorder recorder = new FlowRecorder(file, new TraceInfo("early", TraceInfo.INSTRUCTIONS, 1e9), all, true);
      recorder.linkage(linkage);
      FlowLog log = recorder.log();
      recorder.watchPlace(() -> log.now() < 900_000 ? OptionalLong.empty() : OptionalLong.of(by));
      long[] now = new long[1];
      log.clock(() -> now[0]);
      long stack = 0x300_0000;
      long physical = by + 0x100_0000 - LINKED;
      log.add(
          FlowLog.CALL, 0, 5, functions.get(2).address() + physical, stack - 8, 0x160_0100); // where the kernel will be
      log.add(FlowLog.RETURN, 0, 6, 0x160_0100, stack - 8, 0);
      for (int n = 0; n < unpacking; n++) { // in what will be the kernel's variables
        log.add(FlowLog.CALL, 0, 10 + 20 * n, 0x1e0_2000, stack - 8, 0x1e0_1000);
        log.add(FlowLog.RETURN, 0, 20 + 20 * n, 0x1e0_1000, stack - 8, 0);
      }
      long begin = 900_000;
      now[0] = begin;
      log.add(
          FlowLog.CALL,
          0,
          begin,
          functions.get(1).address() + physical,
          0x200_0000,
          functions.get(0).address() + physical + 9);
      log.add(FlowLog.RETURN, 0, begin + 10, functions.get(0).address() + physical + 9, 0x200_0000, 0);
      for (int n = 3; n < 40; n++) {
        long from = functions.get(n - 1).address() + SLIDE + 5;
        log.add(FlowLog.CALL, 0, begin + 100 + n, functions.get(n).address() + SLIDE, -0x1000 - 8L * n, from);
      }
      now[0] = begin + 1_000;
      recorder.close();
      TraceSummary summary = TraceSummary.of(new TraceFile(file));
      assertThat(summary.milestones()).containsEntry("kernel unpacked", begin);
      assertThat(summary.functions())
          .filteredOn(f -> f.name().equals("f1"))
          .extracting(FunctionTotal::self)
          .containsExactly(10L);
      assertThat(summary.functions())
          .extracting(FunctionTotal::name)
          .contains("(unpacker)", "f0", "f1", "f39")
          .noneMatch(name -> name.startsWith("0x"));
    }
  }

  /** It ends before the calls tell where the kernel is. */
  @Test
  void aTraceThatIsTooShortHasAddresses() throws Exception {
    assertThat(trace(3).functions()).extracting(FunctionTotal::name).contains("0xffffffffb4800000");
  }

  private TraceSummary trace(int calls) throws Exception {
    Path file = directory.resolve("slide.trace");
    FlowRecorder recorder = new FlowRecorder(file, new TraceInfo("slide", TraceInfo.INSTRUCTIONS, 1e9), symbols, true);
    FlowLog log = recorder.log();
    long[] now = new long[1];
    log.clock(() -> now[0]);
    long stack = 0x200_0000;
    log.add(FlowLog.CALL, 0, 10, 0x100_2000, stack - 8, 0x100_1000);
    log.add(FlowLog.RETURN, 0, 20, 0x100_1000, stack - 8, 0);
    for (int n = 0; n < calls; n++) { // each from the one before
      long from = n == 0 ? 0x100_1010 : functions.get(n - 1).address() + SLIDE + 5;
      log.add(FlowLog.CALL, 0, 1_000 + n, functions.get(n).address() + SLIDE, stack - 16 - 8L * n, from);
    }
    now[0] = 2_000;
    recorder.close();
    return TraceSummary.of(new TraceFile(file));
  }
}
