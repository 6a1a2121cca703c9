package org.demitasse.devices.pic;

/**
 * One 8259A (Intel 8259A data sheet, 231468): eight request lines by priority, and the command words that rule them.
 */
final class Pic {
  private static final int ICW1 = 0x10;
  private static final int ICW1_ICW4_NEEDED = 0x01;
  private static final int ICW1_SINGLE = 0x02;
  private static final int ICW1_LEVEL = 0x08;
  private static final int ICW4_AUTO_EOI = 0x02;
  private static final int ICW4_SPECIAL_FULLY_NESTED = 0x10;
  private static final int OCW3 = 0x08;
  private static final int OCW3_POLL = 0x04;
  private static final int SPURIOUS = 7;

  private final int cascadeMask; // on the master, the line of the slave

  private int lines;
  private int requests; // IRR
  private int inService; // ISR
  private int mask = 0xff; // IMR; firmware leaves everything masked until a driver initialises the chip
  private int edgeLevelControl; // ELCR, bit set: level
  private int vectorBase;
  private int lowestPriority = 7;
  private int expectedCommandWord; // 0, or the ICW (2-4) that the next data write is
  private boolean icw4Needed;
  private boolean single;
  private boolean allLevel;
  private boolean autoEoi;
  private boolean rotateOnAutoEoi;
  private boolean specialMask;
  private boolean specialFullyNested;
  private boolean readInService;
  private boolean poll;

  Pic(int cascadeMask) {
    this.cascadeMask = cascadeMask;
  }

  void setLine(int line, boolean level) {
    int bit = 1 << line;
    if (level) {
      if ((lines & bit) == 0 || isLevel(bit)) {
        requests |= bit;
      }
      lines |= bit;
    } else {
      lines &= ~bit;
      if (isLevel(bit)) {
        requests &= ~bit;
      }
    }
  }

  /** The request that the chip would now interrupt with, or -1. */
  int highestRequest() {
    int ready = requests & ~mask;
    if (ready == 0) {
      return -1;
    }
    int blocking = specialMask ? inService & ~mask : inService;
    if (specialFullyNested) {
      blocking &= ~cascadeMask; // a slave in service does not block its own more urgent requests
    }
    for (int i = 1; i <= 8; i++) {
      int line = (lowestPriority + i) & 7;
      if ((blocking & 1 << line) != 0) {
        return -1;
      }
      if ((ready & 1 << line) != 0) {
        return line;
      }
    }
    return -1;
  }

  /**
   * The interrupt acknowledge cycle: the line taken into service, or 7 with nothing in service when the request has
   * gone.
   */
  int acknowledge() {
    int line = highestRequest();
    if (line < 0) {
      return SPURIOUS;
    }
    int bit = 1 << line;
    if (!isLevel(bit)) {
      requests &= ~bit;
    }
    if (!autoEoi) {
      inService |= bit;
    } else if (rotateOnAutoEoi) {
      lowestPriority = line;
    }
    return line;
  }

  int vector(int line) {
    return vectorBase | line;
  }

  int readCommand() {
    if (poll) {
      poll = false;
      return readPoll();
    }
    return readInService ? inService : requests;
  }

  int readData() {
    if (poll) {
      poll = false;
      return readPoll();
    }
    return mask;
  }

  private int readPoll() {
    return highestRequest() < 0 ? 0 : 0x80 | acknowledge();
  }

  void writeCommand(int value) {
    if ((value & ICW1) != 0) {
      startInitialization(value);
    } else if ((value & OCW3) != 0) {
      operationWord3(value);
    } else {
      operationWord2(value);
    }
  }

  void writeData(int value) {
    switch (expectedCommandWord) {
      case 2 -> {
        vectorBase = value & 0xf8;
        expectedCommandWord = single ? wordAfterCascade() : 3;
      }
      case 3 -> expectedCommandWord = wordAfterCascade(); // the wiring of the two chips is fixed
      case 4 -> {
        autoEoi = (value & ICW4_AUTO_EOI) != 0;
        specialFullyNested = (value & ICW4_SPECIAL_FULLY_NESTED) != 0;
        expectedCommandWord = 0;
      }
      default -> mask = value;
    }
  }

  private int wordAfterCascade() {
    return icw4Needed ? 4 : 0;
  }

  private void startInitialization(int value) {
    icw4Needed = (value & ICW1_ICW4_NEEDED) != 0;
    single = (value & ICW1_SINGLE) != 0;
    allLevel = (value & ICW1_LEVEL) != 0;
    expectedCommandWord = 2;
    mask = 0;
    inService = 0;
    requests = levelLines();
    lowestPriority = 7;
    autoEoi = false;
    rotateOnAutoEoi = false;
    specialMask = false;
    specialFullyNested = false;
    readInService = false;
    poll = false;
  }

  private void operationWord3(int value) {
    if ((value & 0x40) != 0) {
      specialMask = (value & 0x20) != 0;
    }
    if ((value & OCW3_POLL) != 0) {
      poll = true;
    } else if ((value & 0x02) != 0) {
      readInService = (value & 0x01) != 0;
    }
  }

  private void operationWord2(int value) {
    int line = value & 7;
    switch (value >>> 5) {
      case 0 -> rotateOnAutoEoi = false;
      case 1 -> endOfInterrupt(highestInService(), false);
      case 3 -> endOfInterrupt(line, false);
      case 4 -> rotateOnAutoEoi = true;
      case 5 -> endOfInterrupt(highestInService(), true);
      case 6 -> lowestPriority = line;
      case 7 -> endOfInterrupt(line, true);
      default -> {} // 2: no operation
    }
  }

  private void endOfInterrupt(int line, boolean rotate) {
    if (line >= 0) {
      inService &= ~(1 << line);
      if (rotate) {
        lowestPriority = line;
      }
    }
  }

  private int highestInService() {
    int candidates = specialMask ? inService & ~mask : inService; // a non-specific EOI skips masked ones in that mode
    for (int i = 1; i <= 8; i++) {
      int line = (lowestPriority + i) & 7;
      if ((candidates & 1 << line) != 0) {
        return line;
      }
    }
    return -1;
  }

  int edgeLevelControl() {
    return edgeLevelControl;
  }

  void setEdgeLevelControl(int value) {
    edgeLevelControl = value;
    requests |= levelLines();
  }

  private int levelLines() {
    return allLevel ? lines : lines & edgeLevelControl;
  }

  private boolean isLevel(int bit) {
    return allLevel || (edgeLevelControl & bit) != 0;
  }

  PicState save() {
    return new PicState(
        lines,
        requests,
        inService,
        mask,
        edgeLevelControl,
        vectorBase,
        lowestPriority,
        expectedCommandWord,
        icw4Needed,
        single,
        allLevel,
        autoEoi,
        rotateOnAutoEoi,
        specialMask,
        specialFullyNested,
        readInService,
        poll);
  }

  void restore(PicState state) {
    lines = state.lines();
    requests = state.requests();
    inService = state.inService();
    mask = state.mask();
    edgeLevelControl = state.edgeLevelControl();
    vectorBase = state.vectorBase();
    lowestPriority = state.lowestPriority() & 7;
    expectedCommandWord = state.expectedCommandWord();
    icw4Needed = state.icw4Needed();
    single = state.single();
    allLevel = state.allLevel();
    autoEoi = state.autoEoi();
    rotateOnAutoEoi = state.rotateOnAutoEoi();
    specialMask = state.specialMask();
    specialFullyNested = state.specialFullyNested();
    readInService = state.readInService();
    poll = state.poll();
  }
}
