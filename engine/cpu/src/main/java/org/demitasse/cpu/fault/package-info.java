/** Architectural faults, and the stackless exceptions by which an instruction is left early. */
@NullMarked
package org.demitasse.cpu.fault;

import org.jspecify.annotations.NullMarked;
