package dev.holdfast.cli;

/** Text in the cells of a terminal, where East Asian wide characters take two and marks none. */
final class Cells {

  private static final String ELLIPSIS = "…";

  private Cells() {}

  static int width(String text) {
    return text.codePoints().map(Cells::width).sum();
  }

  /** The text in exactly {@code width} cells: padded with spaces, or cut with an ellipsis. */
  static String fit(String text, int width) {
    int taken = width(text);
    if (taken <= width) {
      return text + " ".repeat(width - taken);
    }
    var cut = new StringBuilder();
    int used = 1;
    for (int c : text.codePoints().toArray()) {
      used += width(c);
      if (used > width) {
        used -= width(c);
        break;
      }
      cut.appendCodePoint(c);
    }
    return cut + ELLIPSIS + " ".repeat(width - used);
  }

  private static int width(int c) {
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    return isWide(c) ? 2 : 1;
  }

  private static boolean isWide(int c) {
    return (c >= 0x1100 && c <= 0x115f)
        || (c >= 0x2e80 && c <= 0xa4cf)
        || (c >= 0xac00 && c <= 0xd7a3)
        || (c >= 0xf900 && c <= 0xfaff)
        || (c >= 0xfe30 && c <= 0xfe6f)
        || (c >= 0xff00 && c <= 0xff60)
        || (c >= 0xffe0 && c <= 0xffe6)
        || (c >= 0x1f300 && c <= 0x1faff)
        || (c >= 0x20000 && c <= 0x3fffd);
  }
}
