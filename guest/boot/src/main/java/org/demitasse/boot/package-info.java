/** Where everything sits in guest-physical memory, and the command line. */
@NullMarked
package org.demitasse.boot;

import org.jspecify.annotations.NullMarked;
