/** Real kernels and a real userland under {@code demi}, as a user would run them: one process for each guest. */
@NullMarked
package org.demitasse.guests;

import org.jspecify.annotations.NullMarked;
