package org.demitasse.cpu.fault;

/**
 * An architectural exception on its way to the guest (Intel SDM vol. 3, 6.15). One object per CPU is thrown again and
 * again, without a stack trace: faults are hot.
 */
public final class GuestFault extends RuntimeException {
  public static final int DE = 0;
  public static final int DB = 1;
  public static final int NMI = 2;
  public static final int BP = 3;
  public static final int OF = 4;
  public static final int BR = 5;
  public static final int UD = 6;
  public static final int NM = 7;
  public static final int DF = 8;
  public static final int TS = 10;
  public static final int NP = 11;
  public static final int SS = 12;
  public static final int GP = 13;
  public static final int PF = 14;
  public static final int MF = 16;
  public static final int AC = 17;
  public static final int MC = 18;
  public static final int XM = 19;
  public static final int CP = 21;

  private static final long serialVersionUID = 1L;

  private int vector;
  private int errorCode;
  private boolean nonCanonical;

  public GuestFault() {
    super(null, null, false, false);
  }

  /** Prepares the fault to be thrown. */
  public GuestFault with(int newVector, int newErrorCode) {
    vector = newVector;
    errorCode = newErrorCode;
    nonCanonical = false;
    return this;
  }

  /** Prepares the fault of a non-canonical address: #GP(0), or #SS(0) if the instruction used the stack segment. */
  public GuestFault withNonCanonical() {
    with(GP, 0);
    nonCanonical = true;
    return this;
  }

  /** Vector 0-31. */
  public int vector() {
    return vector;
  }

  /** The error code; 0 for vectors without one. */
  public int errorCode() {
    return errorCode;
  }

  /** Says whether a non-canonical address caused it. */
  public boolean isNonCanonical() {
    return nonCanonical;
  }

  /** Says whether a vector pushes an error code (Intel SDM vol. 3, table 6-1). */
  public static boolean pushesErrorCode(int vector) {
    return vector == DF || (vector >= TS && vector <= PF) || vector == AC || vector == CP;
  }

  @Override
  public String getMessage() {
    return "guest exception %d, error code 0x%x".formatted(vector, errorCode);
  }
}
