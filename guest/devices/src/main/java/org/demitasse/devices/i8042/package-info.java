/** The keyboard controller of a machine without a keyboard. */
@NullMarked
package org.demitasse.devices.i8042;

import org.jspecify.annotations.NullMarked;
