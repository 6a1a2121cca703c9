/** Counting at a fixed rate as a function of guest time. */
@NullMarked
package org.demitasse.devices.tick;

import org.jspecify.annotations.NullMarked;
