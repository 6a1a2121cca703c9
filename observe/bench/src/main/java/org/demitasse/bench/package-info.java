/** Benchmarks of whole processes: ours and a peer in turns, their medians and the ratio. */
@NullMarked
package org.demitasse.bench;

import org.jspecify.annotations.NullMarked;
