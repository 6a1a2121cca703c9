/** The network device (VirtIO 1.2 5.1). */
@NullMarked
package org.demitasse.virtio.net;

import org.jspecify.annotations.NullMarked;
