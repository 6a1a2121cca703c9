/** General-purpose instructions: their meanings and operations. */
@NullMarked
package org.demitasse.cpu.integer;

import org.jspecify.annotations.NullMarked;
