/** From a loaded kernel to the vCPU state that enters it, and the structures that its boot protocol promises. */
@NullMarked
package org.demitasse.boot.protocol;

import org.jspecify.annotations.NullMarked;
