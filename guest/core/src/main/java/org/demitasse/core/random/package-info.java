/** Randomness that repeats and whose state can be saved. */
@NullMarked
package org.demitasse.core.random;

import org.jspecify.annotations.NullMarked;
