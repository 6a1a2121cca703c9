package org.demitasse.devices.pic;

/**
 * The state of one 8259A.
 *
 * @param lines levels of the eight inputs
 * @param requests the interrupt request register
 * @param inService the in-service register
 * @param mask the interrupt mask register
 * @param edgeLevelControl a set bit makes that input level-triggered
 * @param vectorBase bits 7:3 of the vectors
 * @param lowestPriority the input with the lowest priority now
 * @param expectedCommandWord the initialisation word (2-4) that is awaited, or 0
 * @param icw4Needed initialisation ends with word 4
 * @param single initialisation skips word 3
 * @param allLevel every input is level-triggered
 * @param autoEoi interrupts are ended as they are acknowledged
 * @param rotateOnAutoEoi priorities rotate with each of those
 * @param specialMask special mask mode
 * @param specialFullyNested special fully nested mode
 * @param readInService the command port reads the in-service register
 * @param poll the next read is a poll
 */
public record PicState(
    int lines,
    int requests,
    int inService,
    int mask,
    int edgeLevelControl,
    int vectorBase,
    int lowestPriority,
    int expectedCommandWord,
    boolean icw4Needed,
    boolean single,
    boolean allLevel,
    boolean autoEoi,
    boolean rotateOnAutoEoi,
    boolean specialMask,
    boolean specialFullyNested,
    boolean readInService,
    boolean poll) {}
