/** Guest-physical memory: regions of host memory, typed access by gpa, and the dirty bitmap. */
@NullMarked
package org.demitasse.core.memory;

import org.jspecify.annotations.NullMarked;
