/** The I/O APIC. */
@NullMarked
package org.demitasse.devices.ioapic;

import org.jspecify.annotations.NullMarked;
