package org.demitasse.trace.flow;

import org.demitasse.elf.Symbols;
import org.jspecify.annotations.Nullable;

/** Notices that a Linux kernel which runs has loaded another module. */
public final class LoadedModules implements FlowRecorder.ModuleWatch {
  private final Symbols kernel;
  private final LinuxModules.Memory memory;
  private @Nullable LinuxModules modules;
  private boolean unknown;
  private long seen;

  /** Watches a kernel. */
  public LoadedModules(Symbols kernel, LinuxModules.Memory memory) {
    this.kernel = kernel;
    this.memory = memory;
    unknown = kernel.named("modules").isEmpty() || kernel.named("__start_BTF").isEmpty();
  }

  /** The kernel's own symbols, as it is linked. */
  public Symbols kernel() {
    return kernel;
  }

  @Override
  public @Nullable Symbols changed(long slide) {
    long newest = unknown ? 0 : LinuxModules.newest(kernel, slide, memory);
    if (newest == 0 || newest == seen) {
      return null;
    }
    LinuxModules known = modules == null ? LinuxModules.of(kernel, slide, memory).orElse(null) : modules;
    if (known == null) { // what cannot be read now will not be later: modules come when the kernel has long been up
      unknown = true;
      return null;
    }
    modules = known;
    if (known.isReadingIn()) {
      return null; // it will be complete the next time
    }
    seen = newest;
    return known.symbols();
  }
}
