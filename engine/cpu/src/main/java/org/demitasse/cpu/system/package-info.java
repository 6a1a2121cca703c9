/** Protection, interrupts, control transfers between privilege levels, CPUID and MSRs. */
@NullMarked
package org.demitasse.cpu.system;

import org.jspecify.annotations.NullMarked;
