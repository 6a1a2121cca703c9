/** Machine code as text, for people who look at a crash. */
@NullMarked
package org.demitasse.machine.disassembly;

import org.jspecify.annotations.NullMarked;
