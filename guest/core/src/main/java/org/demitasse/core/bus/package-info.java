/** Buses that carry an access to the device at that address, and the lines that carry interrupts back. */
@NullMarked
package org.demitasse.core.bus;

import org.jspecify.annotations.NullMarked;
