package org.demitasse.kvm;

import java.util.LinkedHashMap;
import java.util.Map;

/** Names for what is counted when KVM_RUN returns: the KVM_EXIT_ numbers of linux/kvm.h, and an interrupted call. */
final class ExitCounts {
  /** Length of an array of counts: more than there are numbers today, and a power of two. */
  static final int REASONS = 64;

  /** Where calls are counted that a signal or immediate_exit ended. */
  static final int INTERRUPTED = REASONS - 1;

  private static final String[] NAMES = {
    "unknown",
    "exception",
    "io",
    "hypercall",
    "debug",
    "hlt",
    "mmio",
    "irq_window_open",
    "shutdown",
    "fail_entry",
    "intr",
    "set_tpr",
    "tpr_access",
    "s390_sieic",
    "s390_reset",
    "dcr",
    "nmi",
    "internal_error"
  };

  private ExitCounts() {}

  /** Where a reason is counted. */
  static int index(int reason) {
    return reason >= 0 && reason < INTERRUPTED ? reason : 0;
  }

  /** Counts that are not zero, by name. */
  static Map<String, Long> byName(long[] counts) {
    Map<String, Long> named = new LinkedHashMap<>();
    for (int reason = 0; reason < REASONS; reason++) {
      if (counts[reason] != 0) {
        named.put(name(reason), counts[reason]);
      }
    }
    return named;
  }

  /** The name of what is counted there. */
  static String name(int reason) {
    if (reason == INTERRUPTED) {
      return "interrupted";
    }
    return reason < NAMES.length ? NAMES[reason] : "reason_" + reason;
  }
}
