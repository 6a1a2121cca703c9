/** A device for guests that are tests. */
@NullMarked
package org.demitasse.devices.testdevice;

import org.jspecify.annotations.NullMarked;
