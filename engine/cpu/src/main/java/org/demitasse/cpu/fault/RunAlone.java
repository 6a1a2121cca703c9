package org.demitasse.cpu.fault;

/**
 * Leaves an instruction before it had any effect, so that it is executed again as a block of its own: it touches a
 * device (whose time must be exact) or code of the running block (which must be decoded again).
 */
public final class RunAlone extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RunAlone() {
    super(null, null, false, false);
  }
}
