/** Switching the machine off, resetting it, and the ACPI registers that do so. */
@NullMarked
package org.demitasse.devices.power;

import org.jspecify.annotations.NullMarked;
