package org.demitasse.kvm;

/** Whether KVM can run machines here, and if not, why. */
public final class KvmUsability {
  private KvmUsability() {}

  /**
   * Finds out in a few milliseconds, by running a guest of a few instructions.
   *
   * @return an empty string, or why KVM cannot be used, for the user
   */
  public static String whyNot() {
    return whyNot(KvmDevice.HOST);
  }

  static String whyNot(KvmDevice device) {
    String none = KvmDevice.systemHasNone();
    if (!none.isEmpty()) {
      return none;
    }
    try (Kvm kvm = Kvm.open(device)) {
      return ProbeGuest.run(kvm);
    } catch (KvmException refused) {
      return String.valueOf(refused.getMessage());
    }
  }
}
