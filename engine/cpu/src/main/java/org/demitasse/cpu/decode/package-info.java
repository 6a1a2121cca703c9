/** Bytes to decoded instructions, by tables of encodings. */
@NullMarked
package org.demitasse.cpu.decode;

import org.jspecify.annotations.NullMarked;
