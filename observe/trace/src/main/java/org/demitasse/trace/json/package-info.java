/** What everything here that writes JSON shares. */
@NullMarked
package org.demitasse.trace.json;

import org.jspecify.annotations.NullMarked;
