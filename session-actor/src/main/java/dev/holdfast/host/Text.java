package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;

/** Words of a target as they may be shown to people. */
final class Text {

  private Text() {}

  /** Without control characters, and not long. */
  static String shown(String text) {
    String clean = text.strip().replaceAll("\\p{Cntrl}+", " ");
    return clean.length() > 200 ? clean.substring(0, 200) + "..." : clean;
  }

  /** Bytes of unknown encoding, for people. */
  static String latin(ByteBuffer bytes) {
    return ISO_8859_1.decode(bytes).toString();
  }
}
