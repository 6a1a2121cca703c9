/** From a kernel file of any supported format to bytes in guest memory. Every file is untrusted. */
@NullMarked
package org.demitasse.boot.loader;

import org.jspecify.annotations.NullMarked;
