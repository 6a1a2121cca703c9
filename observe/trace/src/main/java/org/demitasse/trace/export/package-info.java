/** Traces in the formats of other people's viewers. */
@NullMarked
package org.demitasse.trace.export;

import org.jspecify.annotations.NullMarked;
