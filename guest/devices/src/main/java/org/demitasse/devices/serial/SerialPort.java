package org.demitasse.devices.serial;

import java.util.Arrays;
import java.util.function.Consumer;
import org.demitasse.core.bus.IrqLine;
import org.demitasse.devices.port.BytePorts;

/**
 * A 16550A UART with both its FIFOs (National Semiconductor PC16550D data sheet, 8.0). A byte sent is gone at once:
 * there is no baud rate, so the transmitter is always empty.
 *
 * <p>The far end is polite: it starts to send only when the guest listens, that is, has enabled receive interrupts or
 * keeps polling the line status, and it sends again what the guest threw away unread by resetting the FIFO. So nothing
 * that was typed or piped before the guest's driver is up is lost in the resets that every driver makes while it probes
 * and sets the port up, with receive interrupts enabled now and then; however slow the host.
 *
 * <p>The interrupt line is not gated by OUT2, as some small guests never set it.
 */
public final class SerialPort implements BytePorts {
  /** How many ports it takes. */
  public static final int PORTS = 8;

  /** Bytes in each FIFO. */
  public static final int FIFO_BYTES = 16;

  private static final int DATA = 0; // RBR, THR; DLL when DLAB
  private static final int INTERRUPT_ENABLE = 1; // DLM when DLAB
  private static final int INTERRUPT_IDENTIFICATION = 2; // FCR on write
  private static final int LINE_CONTROL = 3;
  private static final int MODEM_CONTROL = 4;
  private static final int LINE_STATUS = 5;
  private static final int MODEM_STATUS = 6;
  private static final int SCRATCH = 7;

  private static final int IER_RECEIVED = 0x01;
  private static final int IER_TRANSMITTER_EMPTY = 0x02;
  private static final int IER_LINE_STATUS = 0x04;
  private static final int IER_MODEM_STATUS = 0x08;

  private static final int IIR_NONE = 0x01;
  private static final int IIR_MODEM_STATUS = 0x00;
  private static final int IIR_TRANSMITTER_EMPTY = 0x02;
  private static final int IIR_RECEIVED = 0x04;
  private static final int IIR_LINE_STATUS = 0x06;
  private static final int IIR_TIMEOUT = 0x0c;
  private static final int IIR_FIFOS_ENABLED = 0xc0;

  private static final int FCR_ENABLE = 0x01;
  private static final int FCR_RESET_RECEIVER = 0x02;
  private static final int LCR_DLAB = 0x80;

  private static final int MCR_DTR = 0x01;
  private static final int MCR_RTS = 0x02;
  private static final int MCR_OUT1 = 0x04;
  private static final int MCR_OUT2 = 0x08;
  private static final int MCR_LOOPBACK = 0x10;

  private static final int LSR_DATA_READY = 0x01;
  private static final int LSR_OVERRUN = 0x02;
  private static final int LSR_BREAK = 0x10;
  private static final int LSR_TRANSMITTER_EMPTY = 0x60; // THRE and TEMT

  private static final int MSR_CTS = 0x10;
  private static final int MSR_DSR = 0x20;
  private static final int MSR_RI = 0x40;
  private static final int MSR_DCD = 0x80;
  private static final int[] TRIGGER_BYTES = {1, 4, 8, 14};

  /** So many line status reads with nothing sent between them are a guest that polls for input. */
  private static final int POLLS_OF_A_LISTENER = 32;

  private final IrqLine irq;
  private final SerialOutput output;
  private Runnable onRoom = () -> {};
  private Consumer<byte[]> onReset = bytes -> {};

  private final byte[] fifo = new byte[FIFO_BYTES];
  private int head;
  private int count;
  private boolean looped; // a byte of the guest's own is or was in the FIFO since it was last empty
  private int interruptEnable;
  private int fifoControl;
  private int lineControl;
  private int modemControl;
  private int lineErrors;
  private int modemStatus = MSR_CTS | MSR_DSR | MSR_DCD;
  private int scratch;
  private int divisor = 1; // 115200 baud
  private boolean transmitterEmptyPending;
  private int polls;

  /** Makes a port in its reset state. */
  public SerialPort(IrqLine irq, SerialOutput output) {
    this.irq = irq;
    this.output = output;
  }

  /** Sets what runs when the guest has become ready for more input: it listens and the FIFO has drained. */
  public void onRoom(Runnable action) {
    onRoom = action;
  }

  /** Sets who gets back the bytes of the far end that a reset of the FIFO has thrown away unread. */
  public void onReset(Consumer<byte[]> action) {
    onReset = action;
  }

  /** How many bytes {@link #receive} would take now. */
  public int canReceive() {
    boolean listening = (interruptEnable & IER_RECEIVED) != 0 || polls >= POLLS_OF_A_LISTENER;
    return listening && !loopback() ? capacity() - count : 0;
  }

  /**
   * Takes bytes from the far end into the FIFO.
   *
   * @return how many were taken, at most {@link #canReceive()}; the rest has to be offered again after {@link #onRoom}
   */
  public int receive(byte[] bytes, int offset, int length) {
    int taken = Math.min(canReceive(), length);
    for (int i = 0; i < taken; i++) {
      push(bytes[offset + i]);
    }
    updateIrq();
    return taken;
  }

  /** Sends a break from the far end: a zero byte with the break indicator. */
  public void receiveBreak() {
    if (count < capacity()) {
      push((byte) 0);
    }
    lineErrors |= LSR_BREAK;
    updateIrq();
  }

  @Override
  public int readByte(int offset) {
    return switch (offset) {
      case DATA -> dlab() ? divisor & 0xff : readData();
      case INTERRUPT_ENABLE -> dlab() ? divisor >>> 8 : interruptEnable;
      case INTERRUPT_IDENTIFICATION -> readInterruptIdentification();
      case LINE_CONTROL -> lineControl;
      case MODEM_CONTROL -> modemControl;
      case LINE_STATUS -> readLineStatus();
      case MODEM_STATUS -> readModemStatus();
      case SCRATCH -> scratch;
      default -> 0xff;
    };
  }

  @Override
  public void writeByte(int offset, int value) {
    switch (offset) {
      case DATA -> writeData(value);
      case INTERRUPT_ENABLE -> writeInterruptEnable(value);
      case INTERRUPT_IDENTIFICATION -> writeFifoControl(value);
      case LINE_CONTROL -> lineControl = value;
      case MODEM_CONTROL -> writeModemControl(value);
      case SCRATCH -> scratch = value;
      default -> {} // the status registers are read-only
    }
  }

  private int readData() {
    if (count == 0) {
      return 0;
    }
    int value = fifo[head] & 0xff;
    head = (head + 1) % FIFO_BYTES;
    count--;
    looped &= count > 0;
    askForMore();
    updateIrq();
    return value;
  }

  private void writeData(int value) {
    if (dlab()) {
      divisor = (divisor & 0xff00) | value;
      return;
    }
    polls = 0;
    if (loopback()) {
      loop((byte) value);
    } else {
      output.send(value);
    }
    transmitterEmptyPending = true;
    updateIrq();
  }

  private void loop(byte value) {
    looped = true;
    if (count < capacity()) {
      push(value);
    } else {
      lineErrors |= LSR_OVERRUN;
    }
  }

  private void writeInterruptEnable(int value) {
    if (dlab()) {
      divisor = (divisor & 0xff) | value << 8;
      return;
    }
    int enabled = value & ~interruptEnable;
    interruptEnable = value & 0x0f;
    if ((enabled & IER_TRANSMITTER_EMPTY) != 0) {
      transmitterEmptyPending =
          true; // enabling it while the transmitter is empty interrupts at once: drivers test this
    }
    askForMore();
    updateIrq();
  }

  private int readInterruptIdentification() {
    int reason = interruptReason();
    if (reason == IIR_TRANSMITTER_EMPTY) {
      transmitterEmptyPending = false;
      updateIrq();
    }
    return reason | ((fifoControl & FCR_ENABLE) != 0 ? IIR_FIFOS_ENABLED : 0);
  }

  private void writeFifoControl(int value) {
    boolean toggled = ((value ^ fifoControl) & FCR_ENABLE) != 0;
    fifoControl = value & 0xc9;
    if (toggled || (value & FCR_RESET_RECEIVER) != 0) {
      byte[] thrownAway = looped ? new byte[0] : unread();
      count = 0;
      looped = false;
      if (thrownAway.length > 0) {
        onReset.accept(thrownAway);
      }
      askForMore();
    }
    updateIrq();
  }

  private void writeModemControl(int value) {
    modemControl = value & 0x1f;
    int before = modemStatus;
    int now = loopback() ? loopedModemLines() : MSR_CTS | MSR_DSR | MSR_DCD;
    int changed = before ^ now;
    int deltas = (changed & (MSR_CTS | MSR_DSR | MSR_DCD)) >>> 4;
    if ((before & MSR_RI) != 0 && (now & MSR_RI) == 0) {
      deltas |= MSR_RI >>> 4; // the ring indicator reports its trailing edge only
    }
    modemStatus = now | (before & 0x0f) | deltas;
    askForMore();
    updateIrq();
  }

  private int loopedModemLines() {
    return ((modemControl & MCR_RTS) != 0 ? MSR_CTS : 0)
        | ((modemControl & MCR_DTR) != 0 ? MSR_DSR : 0)
        | ((modemControl & MCR_OUT1) != 0 ? MSR_RI : 0)
        | ((modemControl & MCR_OUT2) != 0 ? MSR_DCD : 0);
  }

  private int readLineStatus() {
    if (polls < POLLS_OF_A_LISTENER && ++polls == POLLS_OF_A_LISTENER) {
      askForMore();
    }
    int status = LSR_TRANSMITTER_EMPTY | lineErrors | (count > 0 ? LSR_DATA_READY : 0);
    lineErrors = 0;
    updateIrq();
    return status;
  }

  private int readModemStatus() {
    int status = modemStatus;
    modemStatus &= 0xf0;
    updateIrq();
    return status;
  }

  /**
   * The most urgent pending interrupt (data sheet, table III). A FIFO below its trigger times out at once: nobody
   * waits.
   */
  private int interruptReason() {
    if ((interruptEnable & IER_LINE_STATUS) != 0 && lineErrors != 0) {
      return IIR_LINE_STATUS;
    }
    if ((interruptEnable & IER_RECEIVED) != 0 && count > 0) {
      boolean fifos = (fifoControl & FCR_ENABLE) != 0;
      return !fifos || count >= TRIGGER_BYTES[fifoControl >>> 6] ? IIR_RECEIVED : IIR_TIMEOUT;
    }
    if ((interruptEnable & IER_TRANSMITTER_EMPTY) != 0 && transmitterEmptyPending) {
      return IIR_TRANSMITTER_EMPTY;
    }
    if ((interruptEnable & IER_MODEM_STATUS) != 0 && (modemStatus & 0x0f) != 0) {
      return IIR_MODEM_STATUS;
    }
    return IIR_NONE;
  }

  private void updateIrq() {
    irq.set(interruptReason() != IIR_NONE);
  }

  private void askForMore() {
    if (count == 0 && canReceive() > 0) {
      onRoom.run();
    }
  }

  private void push(byte value) {
    fifo[(head + count) % FIFO_BYTES] = value;
    count++;
  }

  private int capacity() {
    return (fifoControl & FCR_ENABLE) != 0 ? FIFO_BYTES : 1;
  }

  private boolean dlab() {
    return (lineControl & LCR_DLAB) != 0;
  }

  private boolean loopback() {
    return (modemControl & MCR_LOOPBACK) != 0;
  }

  private byte[] unread() {
    byte[] unread = new byte[count];
    for (int i = 0; i < count; i++) {
      unread[i] = fifo[(head + i) % FIFO_BYTES];
    }
    return unread;
  }

  /** Takes a copy of the state. */
  public State save() {
    return new State(
        unread(),
        looped,
        interruptEnable,
        fifoControl,
        lineControl,
        modemControl,
        lineErrors,
        modemStatus,
        scratch,
        divisor,
        transmitterEmptyPending,
        polls);
  }

  /** Sets the state and drives the interrupt line accordingly. */
  public void restore(State state) {
    Arrays.fill(fifo, (byte) 0);
    head = 0;
    count = Math.min(state.unread.length, FIFO_BYTES);
    System.arraycopy(state.unread, 0, fifo, 0, count);
    looped = state.looped;
    interruptEnable = state.interruptEnable;
    fifoControl = state.fifoControl;
    lineControl = state.lineControl;
    modemControl = state.modemControl;
    lineErrors = state.lineErrors;
    modemStatus = state.modemStatus;
    scratch = state.scratch;
    divisor = state.divisor;
    transmitterEmptyPending = state.transmitterEmptyPending;
    polls = state.polls;
    updateIrq();
  }

  /**
   * The registers and the unread received bytes.
   *
   * @param unread received bytes, oldest first, at most 16
   * @param looped the guest itself has sent some of them, in loopback
   * @param lineErrors error bits of the line status register
   * @param transmitterEmptyPending an unacknowledged transmitter-empty interrupt
   * @param polls line status reads since the last byte sent, up to a limit
   */
  public record State(
      byte[] unread,
      boolean looped,
      int interruptEnable,
      int fifoControl,
      int lineControl,
      int modemControl,
      int lineErrors,
      int modemStatus,
      int scratch,
      int divisor,
      boolean transmitterEmptyPending,
      int polls) {}
}
