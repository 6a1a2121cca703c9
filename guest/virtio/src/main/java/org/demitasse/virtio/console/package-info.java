/** The console device with its ports (VirtIO 1.2 5.3). */
@NullMarked
package org.demitasse.virtio.console;

import org.jspecify.annotations.NullMarked;
