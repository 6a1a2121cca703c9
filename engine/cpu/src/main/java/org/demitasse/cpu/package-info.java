/** The engine's face: soft vCPUs behind the contracts of org.demitasse.core. */
@NullMarked
package org.demitasse.cpu;

import org.jspecify.annotations.NullMarked;
