/** What every virtio device is to its transport, and what the transport is to it (VirtIO 1.2 2). */
@NullMarked
package org.demitasse.virtio.device;

import org.jspecify.annotations.NullMarked;
