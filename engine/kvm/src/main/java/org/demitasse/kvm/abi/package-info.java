/** The kernel's binary interface, mirrored: request numbers, structures, system calls. */
@NullMarked
package org.demitasse.kvm.abi;

import org.jspecify.annotations.NullMarked;
