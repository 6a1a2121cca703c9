/** SSE to SSE4.2, AES, PCLMULQDQ and SHA. */
@NullMarked
package org.demitasse.cpu.simd;

import org.jspecify.annotations.NullMarked;
