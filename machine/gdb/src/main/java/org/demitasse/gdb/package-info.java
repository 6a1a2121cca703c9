/** A gdb server: packets, sessions, registers, breakpoints and monitor commands over the contracts of guest/core. */
@NullMarked
package org.demitasse.gdb;

import org.jspecify.annotations.NullMarked;
