package org.demitasse.devices.lapic;

/**
 * The state of a local APIC.
 *
 * @param apicBase IA32_APIC_BASE
 * @param taskPriority the task priority register
 * @param logicalDestination the logical destination register of xAPIC mode
 * @param destinationFormat the destination format register
 * @param spuriousVector the spurious-interrupt vector register
 * @param interruptCommand both halves of the interrupt command register
 * @param errorStatus the error status register as it reads
 * @param latentErrors errors that the next write to it will show
 * @param localVectorTable timer, thermal, performance, LINT0, LINT1, error
 * @param requests IRR, 4 words of 64 vectors
 * @param inService ISR
 * @param levelTriggered TMR
 * @param externalRequested an ExtINT message waits for its acknowledge
 * @param timer the timer
 */
public record LocalApicState(
    long apicBase,
    int taskPriority,
    int logicalDestination,
    int destinationFormat,
    int spuriousVector,
    long interruptCommand,
    int errorStatus,
    int latentErrors,
    int[] localVectorTable,
    long[] requests,
    long[] inService,
    long[] levelTriggered,
    boolean externalRequested,
    ApicTimerState timer) {}
