/** The firmware configuration device: named values that a machine tells its guest. */
@NullMarked
package org.demitasse.devices.fwcfg;

import org.jspecify.annotations.NullMarked;
