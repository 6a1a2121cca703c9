package org.demitasse.cpu;

/**
 * What the soft CPU of one machine has done so far, for statistics.
 *
 * @param instructions instructions retired by all vCPUs
 * @param translatedInstructions those of them that translated code retired
 * @param regionEntries how often the machine's loop entered translated code
 * @param regions regions of translated code that were put in place
 * @param improvedRegions of the regions, quick ones that were made anew
 * @param refusedBlocks hot blocks that could not be translated
 * @param bytecodeBytes bytes of bytecode of the regions made for this machine
 * @param translatorNanos host time that the translator's thread spent on writing and warming up regions
 * @param decodedBlocks blocks decoded
 * @param invalidations writes that hit decoded code
 * @param tlbMisses page walks
 * @param tlbFlushes complete TLB flushes
 */
public record Counts(
    long instructions,
    long translatedInstructions,
    long regionEntries,
    long regions,
    long improvedRegions,
    long refusedBlocks,
    long bytecodeBytes,
    long translatorNanos,
    long decodedBlocks,
    long invalidations,
    long tlbMisses,
    long tlbFlushes) {}
