/** What is asked of the JVM that we run on. */
@NullMarked
package org.demitasse.core.host;

import org.jspecify.annotations.NullMarked;
