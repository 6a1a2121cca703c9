/** Devices whose registers are single bytes in the port space. */
@NullMarked
package org.demitasse.devices.port;

import org.jspecify.annotations.NullMarked;
