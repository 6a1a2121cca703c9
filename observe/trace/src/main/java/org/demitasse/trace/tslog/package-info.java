/** The boot logs of FreeBSD and NetBSD kernels that were built with TSLOG. */
@NullMarked
package org.demitasse.trace.tslog;

import org.jspecify.annotations.NullMarked;
