/** The stream of trace records that every source writes and everything else reads, and its file. */
@NullMarked
package org.demitasse.trace.record;

import org.jspecify.annotations.NullMarked;
