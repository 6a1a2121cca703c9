package org.demitasse.trace.report;

import java.util.Collection;
import java.util.regex.Pattern;
import org.demitasse.trace.span.FunctionTotal;

/** Which kernel a trace is of, as far as advice about it differs: told by functions that only one has. */
public enum KernelKind {
  /** Linux. */
  LINUX("start_kernel|kernel_init_freeable|x86_64_start_kernel"),
  /** NetBSD. */
  NETBSD("cpu_configure|uvm_init|config_rootfound"),
  /** FreeBSD. */
  FREEBSD("mi_startup"),
  /** One that is not known, or one whose names are not. */
  OTHER("");

  private final Pattern functions;

  KernelKind(String functions) {
    this.functions = Pattern.compile(functions);
  }

  /** The kernel that has one of these functions. */
  static KernelKind of(Collection<FunctionTotal> seen) {
    for (KernelKind kind : values()) {
      if (seen.stream().anyMatch(function -> kind.functions.matcher(function.name()).matches())) {
        return kind;
      }
    }
    return OTHER;
  }
}
