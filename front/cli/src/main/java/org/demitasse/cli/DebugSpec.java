package org.demitasse.cli;

import org.demitasse.gdb.DebugAddress;

/**
 * A debugger that may come.
 *
 * @param address where it comes to
 * @param waits whether the first instruction waits for it
 */
record DebugSpec(DebugAddress address, boolean waits) {}
