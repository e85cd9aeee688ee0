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

  /** Bytes as octal escapes, as printf reads them; the buffer is not moved. */
  static String octal(ByteBuffer bytes) {
    var text = new StringBuilder();
    for (int i = bytes.position(); i < bytes.limit(); i++) {
      text.append(String.format("\\%03o", bytes.get(i) & 0xff));
    }
    return text.toString();
  }

  /** Bytes of unknown encoding, for people. */
  static String latin(ByteBuffer bytes) {
    return ISO_8859_1.decode(bytes).toString();
  }
}
