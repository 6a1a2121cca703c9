/** Ethernet links that carry whole frames between a guest and the host. */
@NullMarked
package org.demitasse.network;

import org.jspecify.annotations.NullMarked;
