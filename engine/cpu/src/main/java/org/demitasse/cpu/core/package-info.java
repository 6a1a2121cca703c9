/** One CPU put together: its registers and memory, and the shape of an executable instruction. */
@NullMarked
package org.demitasse.cpu.core;

import org.jspecify.annotations.NullMarked;
