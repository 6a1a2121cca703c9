package org.demitasse.trace.report;

import java.util.regex.Pattern;

/** Kinds of work that a boot can often do without, known by the names of the functions that do it. */
public enum CostKind {
  /** Waiting by reading a clock: also found by behaviour, see {@link TraceSummary#delayLoops()}. */
  DELAY("delay loops", "_*(u|n|m)?delay(_.*)?|DELAY|.*_delay|const_udelay|delay_(tsc|loop|tpause|mwaitx)|msleep.*"),
  /** Finding out how fast a clock runs. */
  CALIBRATION(
      "calibrating clocks",
      ".*calibrate.*|tsc_(tc_init|refine_.*)|cpu_get_tsc_freq|determine_cpu_tsc_frequencies|lapic_initclocks?"),
  /** Filling memory with zeros. */
  ZEROING(
      "zeroing memory",
      "clear_page.*|_*memset(_.*)?|bzero|pagezero|sse2_idlezero_page|clear_huge_page|zero_user.*|memset_erms"),
  /** Unpacking the kernel, an initrd, or firmware. */
  DECOMPRESSING(
      "decompressing",
      "\\(unpacker\\)|inflate.*|gunzip|unlz.*|unxz|unzstd|xz_dec.*|lzma.*|(_*)(ZSTD|HUF|FSE)_.*|LZ4_.*|zlib_.*|lz4_.*"
          + "|bunzip2"),
  /** Testing itself. */
  SELF_TEST(
      "testing itself",
      "alg_test.*|cryptomgr_test|.*self_?test.*|cprng_.*_test|aes_.*_selftest|raid6_select_algo|.*_benchmark|benchmark_.*"),
  /** Writing to the console. */
  CONSOLE(
      "writing to the console",
      "console_(unlock|flush_all|emit_next_record)|.*_console_write|com_?cnputc|cnputc|uart_console_write|early_serial_.*");

  private final String title;
  private final Pattern functions;

  CostKind(String title, String functions) {
    this.title = title;
    this.functions = Pattern.compile(functions);
  }

  /** Says whether a function does this. */
  boolean isDoneBy(String function) {
    return functions.matcher(function).matches();
  }

  /** What it is, in a few words. */
  public String title() {
    return title;
  }

  /** What one could change in a kernel of that kind. */
  public String hint(KernelKind kernel) {
    return switch (this) {
      case DELAY -> "find who asks for the delay: most are for hardware that a microVM has not got";
      case CALIBRATION -> "the frequency is in CPUID leaves 0x15, 0x16 and 0x40000010" + withoutCalibration(kernel);
      case ZEROING -> "give the guest less memory" + (kernel == KernelKind.LINUX ? ", or turn init_on_alloc off" : "");
      case DECOMPRESSING -> "give the kernel and its initrd uncompressed: copying is cheaper than unpacking";
      case SELF_TEST ->
          (kernel == KernelKind.LINUX ? "boot with cryptomgr.notests, or " : "") + "leave the tests out of the kernel";
      case CONSOLE -> "boot " + quietly(kernel) + ", or use the virtio console";
    };
  }

  private static String withoutCalibration(KernelKind kernel) {
    return switch (kernel) {
      case LINUX -> "; a kernel that measures it anyway can be told (tsc_early_khz=1000000)";
      case NETBSD ->
          "; NetBSD measures TSC and APIC timer a second time all the same, and no word on its command line stops it:"
              + " that takes a change of cpu_get_tsc_freq and lapic_calibrate_timer";
      case FREEBSD, OTHER -> "";
    };
  }

  private static String quietly(KernelKind kernel) {
    return switch (kernel) {
      case LINUX -> "with quiet";
      case NETBSD -> "with -z, and without -v";
      case FREEBSD, OTHER -> "quietly";
    };
  }
}
