package org.demitasse.cpu;

/** How the soft CPU uses translated code. */
public enum Translation {
  /** Hot blocks are translated by a thread of their own: the way to run. */
  BACKGROUND,

  /** Nothing is translated: the interpreter alone. */
  NONE,

  /**
   * Blocks that were executed once are translated at the start of the next turn: everything is, and always the same.
   */
  EAGER,

  /** As {@link #BACKGROUND}, and each run of translated code is compared with the interpreter. */
  CHECKED,

  /** As {@link #EAGER}, and each run of translated code is compared with the interpreter. */
  EAGER_CHECKED,

  /** As {@link #EAGER}, with the code that is made for C1. */
  EAGER_QUICK;

  /** System property that chooses it by name in lower case, with - for _: for tests and for hunting errors. */
  public static final String PROPERTY = "demitasse.translation";

  boolean isEager() {
    return this == EAGER || this == EAGER_CHECKED || this == EAGER_QUICK;
  }

  boolean isChecked() {
    return this == CHECKED || this == EAGER_CHECKED;
  }
}
