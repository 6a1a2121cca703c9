/** The guest programs of our own, built from {@code src/main/guest}. */
@NullMarked
package org.demitasse.boot.guest;

import org.jspecify.annotations.NullMarked;
