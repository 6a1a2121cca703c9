/** Differential tests: random instructions on the host's own CPU and on an engine, compared bit for bit. */
@NullMarked
package org.demitasse.differential;

import org.jspecify.annotations.NullMarked;
