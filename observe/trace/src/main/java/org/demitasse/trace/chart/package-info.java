/** Flame charts: spans in time order, drawn for a browser or as a picture. */
@NullMarked
package org.demitasse.trace.chart;

import org.jspecify.annotations.NullMarked;
