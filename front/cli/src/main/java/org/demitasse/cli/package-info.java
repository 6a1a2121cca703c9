/** The {@code demi} command: one class per command. */
@NullMarked
package org.demitasse.cli;

import org.jspecify.annotations.NullMarked;
