package org.demitasse.virtio.mmio;

/**
 * The device status field: steps that the driver takes in order and never takes back but by reset (VirtIO 1.2 2.1,
 * 3.1.1).
 */
final class DeviceStatus {
  static final int ACKNOWLEDGE = 1;
  static final int DRIVER = 2;
  static final int DRIVER_OK = 4;
  static final int FEATURES_OK = 8;
  static final int DEVICE_NEEDS_RESET = 64;
  static final int FAILED = 128;

  private static final int[] STEPS = {
    0,
    ACKNOWLEDGE,
    ACKNOWLEDGE | DRIVER,
    ACKNOWLEDGE | DRIVER | FEATURES_OK,
    ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK
  };

  private DeviceStatus() {}

  /** Says whether a driver that has set {@code before} may write {@code after}, both without DEVICE_NEEDS_RESET. */
  static boolean allows(int before, int after) {
    if ((before & ~after) != 0) {
      return false; // takes a step back
    }
    if ((after & FAILED) != 0) {
      return (after & ~FAILED) == (before & ~FAILED) || isStep(after & ~FAILED);
    }
    return isStep(after);
  }

  private static boolean isStep(int status) {
    for (int step : STEPS) {
      if (status == step) {
        return true;
      }
    }
    return false;
  }
}
