/** The tables that describe the machine: MP configuration table and ACPI. */
@NullMarked
package org.demitasse.boot.tables;

import org.jspecify.annotations.NullMarked;
