/** Disks of 512-byte sectors, backed by files, by memory, or by an overlay over another disk. */
@NullMarked
package org.demitasse.storage;

import org.jspecify.annotations.NullMarked;
