package org.demitasse.elf;

/**
 * A name for an address.
 *
 * @param name never empty
 * @param address its value, unsigned
 * @param size bytes, unsigned; 0 if unknown
 */
public record Symbol(String name, long address, long size) {}
