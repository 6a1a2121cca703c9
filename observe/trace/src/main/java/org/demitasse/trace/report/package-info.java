/** What a trace says in words and numbers: totals, hints, differences, budgets. */
@NullMarked
package org.demitasse.trace.report;

import org.jspecify.annotations.NullMarked;
