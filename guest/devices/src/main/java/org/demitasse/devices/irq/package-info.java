/** The wires from devices to the interrupt controllers. */
@NullMarked
package org.demitasse.devices.irq;

import org.jspecify.annotations.NullMarked;
