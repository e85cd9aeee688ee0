package dev.holdfast.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Draws a terminal's screen again out of what it has shown: the log of its output is the model, and
 * the user's own terminal, which knows best what its escape sequences mean, makes the picture.
 *
 * <p>Of the log only the end is drawn. From what lies before, those sequences are passed on that
 * set a mode (other screen, cursor keys, mouse, margins), because programs set them once. Left out
 * are those that ask the terminal something: its answers would arrive as if they were typed now;
 * and bells.
 *
 * <p>Takes the bytes in pieces of any size; what comes out does not depend on how they are cut.
 */
final class Redraw {

  private static final int ESC = 0x1b;
  private static final int BEL = 0x07;
  private static final int ENQ = 0x05;

  /** No sequence is longer; what is, is text. */
  private static final int LONGEST = 4096;

  private enum Place {
    TEXT,
    ESCAPE,
    INTERMEDIATE,
    CSI,
    STRING,
    STRING_ESCAPE
  }

  private final long drawnFrom;
  private final ByteArrayOutputStream sequence = new ByteArrayOutputStream();
  private long position;
  private Place place = Place.TEXT;

  /**
   * @param begin the offset of the first byte that will come
   * @param drawnFrom from which offset on everything is drawn
   */
  Redraw(long begin, long drawnFrom) {
    this.position = begin;
    this.drawnFrom = drawnFrom;
  }

  /** What to show for these bytes, which follow those before. */
  byte[] of(byte[] bytes) {
    var shown = new ByteArrayOutputStream(bytes.length);
    for (byte each : bytes) {
      take(each & 0xff, shown);
      position++;
    }
    return shown.toByteArray();
  }

  /** What is left of a sequence that has no end yet; whoever goes on from here shows it first. */
  byte[] rest() {
    return sequence.toByteArray();
  }

  private void take(int each, ByteArrayOutputStream shown) {
    switch (place) {
      case TEXT -> text(each, shown);
      case ESCAPE -> escape(each, shown);
      case INTERMEDIATE -> {
        sequence.write(each);
        if (each >= 0x30) {
          end(shown);
        }
      }
      case CSI -> {
        sequence.write(each);
        if (each >= 0x40 && each <= 0x7e) {
          end(shown);
        }
      }
      case STRING -> {
        sequence.write(each);
        if (each == BEL) {
          end(shown);
        } else if (each == ESC) {
          place = Place.STRING_ESCAPE;
        }
      }
      case STRING_ESCAPE -> {
        sequence.write(each);
        if (each == '\\') {
          end(shown);
        } else if (each != ESC) {
          place = Place.STRING;
        }
      }
    }
    if (sequence.size() > LONGEST) {
      end(shown);
    }
  }

  private void text(int each, ByteArrayOutputStream shown) {
    if (each == ESC) {
      sequence.write(each);
      place = Place.ESCAPE;
    } else if (position >= drawnFrom && each != BEL && each != ENQ) {
      shown.write(each);
    }
  }

  private void escape(int each, ByteArrayOutputStream shown) {
    if (each == ESC) {
      return;
    }
    sequence.write(each);
    switch (each) {
      case '[' -> place = Place.CSI;
      case ']', 'P', 'X', '^', '_' -> place = Place.STRING;
      default -> {
        if (each >= 0x20 && each <= 0x2f) {
          place = Place.INTERMEDIATE;
        } else {
          end(shown);
        }
      }
    }
  }

  private void end(ByteArrayOutputStream shown) {
    String text = sequence.toString(StandardCharsets.ISO_8859_1);
    if (!asks(text) && (position >= drawnFrom || setsMode(text))) {
      shown.writeBytes(sequence.toByteArray());
    }
    sequence.reset();
    place = Place.TEXT;
  }

  /** Whether a terminal answers to it. */
  private static boolean asks(String sequence) {
    char last = sequence.charAt(sequence.length() - 1);
    return switch (sequence.charAt(1)) {
      case '[' ->
          last == 'c'
              || last == 'n'
              || last == 'x'
              || last == 't'
              || last == 'u'
              || (last == 'p' && sequence.contains("$"))
              || (last == 'q' && sequence.contains(">"));
      case ']' -> sequence.contains("?");
      case 'P' -> sequence.startsWith("$q", 2) || sequence.startsWith("+q", 2);
      case 'Z' -> true;
      default -> false;
    };
  }

  private static boolean setsMode(String sequence) {
    char last = sequence.charAt(sequence.length() - 1);
    return switch (sequence.charAt(1)) {
      case '[' -> last == 'h' || last == 'l' || last == 'r';
      case '=', '>', '(', ')', '*', '+' -> true;
      default -> false;
    };
  }
}
