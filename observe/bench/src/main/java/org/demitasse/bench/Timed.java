package org.demitasse.bench;

/**
 * One run of a process to a line of its output.
 *
 * @param wallSeconds from the start of the process to the text
 * @param cpuSeconds user and system time that the process used until then, or NaN where the system does not tell
 * @param output what it had printed by then
 */
record Timed(double wallSeconds, double cpuSeconds, String output) {}
