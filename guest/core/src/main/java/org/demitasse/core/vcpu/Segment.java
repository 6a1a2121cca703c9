package org.demitasse.core.vcpu;

/**
 * A segment register with its hidden part.
 *
 * @param selector 16 bits
 * @param base linear address
 * @param limit in bytes, granularity applied: the last valid offset
 * @param attributes bits 0-3 type, 4 S, 5-6 DPL, 7 P, 8 AVL, 9 L, 10 D/B, 11 G (the descriptor's bits 40-47 and 52-55
 *     side by side, Intel SDM volume 3, 3.4.5); 0x1000 set when the segment is unusable (null)
 */
public record Segment(int selector, long base, long limit, int attributes) {
  /** Attribute bit of a segment that must not be used. */
  public static final int UNUSABLE = 0x1000;

  /** A null, unusable segment. */
  public static final Segment NULL = new Segment(0, 0, 0, UNUSABLE);

  /** A flat 4 GiB segment of a type byte such as 0x9b (code) or 0x93 (data), with D/B and G set. */
  public static Segment flat32(int selector, int type) {
    return new Segment(selector, 0, 0xffff_ffffL, 0xC00 | type);
  }
}
