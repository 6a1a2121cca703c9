/** The x87 FPU in 80-bit arithmetic. */
@NullMarked
package org.demitasse.cpu.fpu;

import org.jspecify.annotations.NullMarked;
