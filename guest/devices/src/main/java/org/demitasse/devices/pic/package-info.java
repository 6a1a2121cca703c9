/** The two cascaded 8259A interrupt controllers. */
@NullMarked
package org.demitasse.devices.pic;

import org.jspecify.annotations.NullMarked;
