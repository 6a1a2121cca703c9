/** Guest time in nanoseconds since power-on, and timers on it. */
@NullMarked
package org.demitasse.core.clock;

import org.jspecify.annotations.NullMarked;
