/** From the calls and returns that the soft CPU saw to trace records with names. */
@NullMarked
package org.demitasse.trace.flow;

import org.jspecify.annotations.NullMarked;
