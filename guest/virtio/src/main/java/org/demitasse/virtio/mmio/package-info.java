/** The memory-mapped transport, version 2 (VirtIO 1.2 4.2). */
@NullMarked
package org.demitasse.virtio.mmio;

import org.jspecify.annotations.NullMarked;
