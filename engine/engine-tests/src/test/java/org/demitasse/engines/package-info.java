/** The same guest programs on every engine. */
@NullMarked
package org.demitasse.engines;

import org.jspecify.annotations.NullMarked;
