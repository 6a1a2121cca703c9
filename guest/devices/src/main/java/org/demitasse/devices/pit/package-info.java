/** The 8254 interval timer and the port that gates its third channel. */
@NullMarked
package org.demitasse.devices.pit;

import org.jspecify.annotations.NullMarked;
