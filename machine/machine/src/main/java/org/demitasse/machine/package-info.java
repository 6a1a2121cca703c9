/** A whole machine: what is wanted, the one list that wires it up, and what runs. */
@NullMarked
package org.demitasse.machine;

import org.jspecify.annotations.NullMarked;
