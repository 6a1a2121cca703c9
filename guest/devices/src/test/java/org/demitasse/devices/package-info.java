/** A board with all devices, and the clock that tests turn by hand. */
@NullMarked
package org.demitasse.devices;

import org.jspecify.annotations.NullMarked;
