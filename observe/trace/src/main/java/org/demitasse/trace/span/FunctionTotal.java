package org.demitasse.trace.span;

/**
 * What one function cost.
 *
 * @param name the function
 * @param calls how often it ran
 * @param total ticks of work in it and in what it called; recursion counted once
 * @param self ticks of work in itself
 * @param waited ticks in it during which its thread did not run
 */
public record FunctionTotal(String name, long calls, long total, long self, long waited) {}
