package org.demitasse.core.vcpu;

/** GDTR or IDTR: linear base and 16-bit limit. */
public record DescriptorTable(long base, int limit) {}
