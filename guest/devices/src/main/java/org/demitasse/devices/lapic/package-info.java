/** Local APICs, and the bus that carries interrupt messages between them and the I/O APIC. */
@NullMarked
package org.demitasse.devices.lapic;

import org.jspecify.annotations.NullMarked;
