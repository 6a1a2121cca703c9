/** Registers as plain fields: flags, control registers, segments. */
@NullMarked
package org.demitasse.cpu.state;

import org.jspecify.annotations.NullMarked;
