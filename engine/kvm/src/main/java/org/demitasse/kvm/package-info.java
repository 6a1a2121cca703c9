/** KVM: machines whose guest instructions the hardware executes. */
@NullMarked
package org.demitasse.kvm;

import org.jspecify.annotations.NullMarked;
