/** The block device (VirtIO 1.2 5.2). */
@NullMarked
package org.demitasse.virtio.block;

import org.jspecify.annotations.NullMarked;
