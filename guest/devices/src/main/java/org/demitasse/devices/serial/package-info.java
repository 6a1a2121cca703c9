/** The 16550A serial port. */
@NullMarked
package org.demitasse.devices.serial;

import org.jspecify.annotations.NullMarked;
