/** Hot blocks to JVM bytecode: the interpreter's twin. */
@NullMarked
package org.demitasse.cpu.translate;

import org.jspecify.annotations.NullMarked;
