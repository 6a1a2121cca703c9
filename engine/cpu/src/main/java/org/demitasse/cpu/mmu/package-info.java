/** Linear memory: paging, the soft TLB, and the accesses that instructions make through it. */
@NullMarked
package org.demitasse.cpu.mmu;

import org.jspecify.annotations.NullMarked;
