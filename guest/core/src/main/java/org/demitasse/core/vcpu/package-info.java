/** What every engine offers: vCPUs that run, are kicked, saved, restored and debugged. */
@NullMarked
package org.demitasse.core.vcpu;

import org.jspecify.annotations.NullMarked;
