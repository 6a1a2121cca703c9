/** A reader of ELF files (System V gABI, chapters 4 and 5) that trusts nothing in them. */
@NullMarked
package org.demitasse.elf;

import org.jspecify.annotations.NullMarked;
