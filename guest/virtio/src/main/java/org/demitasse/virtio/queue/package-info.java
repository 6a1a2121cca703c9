/** Split virtqueues and their descriptor chains, parsed and checked once (VirtIO 1.2 2.7). */
@NullMarked
package org.demitasse.virtio.queue;

import org.jspecify.annotations.NullMarked;
