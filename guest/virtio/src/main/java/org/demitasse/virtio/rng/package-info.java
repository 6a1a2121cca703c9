/** The entropy device (VirtIO 1.2 5.4). */
@NullMarked
package org.demitasse.virtio.rng;

import org.jspecify.annotations.NullMarked;
