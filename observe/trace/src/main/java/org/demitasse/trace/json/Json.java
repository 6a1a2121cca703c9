package org.demitasse.trace.json;

import java.io.IOException;

/** Writes JSON's strings. */
public final class Json {
  private Json() {}

  /** Appends a string in quotation marks; safe inside an HTML script element too. */
  public static <A extends Appendable> A string(A out, String text) throws IOException {
    out.append('"');
    for (int n = 0; n < text.length(); n++) {
      char c = text.charAt(n);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        default -> {
          if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029 || Character.isSurrogate(c)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
    return out;
  }
}
