/** The MC146818 real-time clock and its CMOS memory. */
@NullMarked
package org.demitasse.devices.rtc;

import org.jspecify.annotations.NullMarked;
