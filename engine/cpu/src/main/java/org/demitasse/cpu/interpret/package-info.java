/** Blocks of operations and the loop that runs them. */
@NullMarked
package org.demitasse.cpu.interpret;

import org.jspecify.annotations.NullMarked;
