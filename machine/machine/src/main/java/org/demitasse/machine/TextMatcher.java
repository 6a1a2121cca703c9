package org.demitasse.machine;

import java.nio.charset.StandardCharsets;

/** Finds a text in a stream of bytes, a byte at a time (Knuth, Morris and Pratt). */
public final class TextMatcher {
  private final byte[] text;
  private final int[] fallback;
  private int matched;

  /** Looks for a text in UTF-8; an empty one is found at once. */
  public TextMatcher(String wanted) {
    text = wanted.getBytes(StandardCharsets.UTF_8);
    fallback = new int[text.length + 1];
    fallback[0] = -1;
    int border = -1;
    for (int i = 0; i < text.length; i++) {
      while (border >= 0 && text[border] != text[i]) {
        border = fallback[border];
      }
      fallback[i + 1] = ++border;
    }
  }

  /** Takes the next byte, 0-255; true if the text ends with it. */
  public boolean feed(int value) {
    if (matched == text.length) {
      matched = fallback[matched];
    }
    while (matched >= 0 && text[matched] != (byte) value) {
      matched = fallback[matched];
    }
    matched++;
    return matched == text.length;
  }

  /** Starts anew, as after a break in the stream. */
  public void reset() {
    matched = 0;
  }
}
