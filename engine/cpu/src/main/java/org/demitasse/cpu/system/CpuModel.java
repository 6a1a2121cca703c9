package org.demitasse.cpu.system;

/**
 * How the CPU names itself.
 *
 * @param vendor 12 characters
 * @param signature CPUID leaf 1 EAX: family, model, stepping
 * @param brand at most 47 characters
 */
public record CpuModel(String vendor, int signature, String brand) {
  /**
   * An Intel Atom "Cedarview" in name: a core without speculation, which is what an interpreter is, so that kernels
   * take their paths without work-arounds for speculation.
   */
  public static final CpuModel DEFAULT = new CpuModel("GenuineIntel", 0x30661, "Demitasse Virtual CPU @ 1.00GHz");

  /** Checks the lengths. */
  public CpuModel {
    if (vendor.length() != 12 || brand.length() > 47) {
      throw new IllegalArgumentException("CPU model with vendor '%s' and brand '%s'".formatted(vendor, brand));
    }
  }
}
