/** From records to spans: which function ran from when to when, and what it cost. */
@NullMarked
package org.demitasse.trace.span;

import org.jspecify.annotations.NullMarked;
