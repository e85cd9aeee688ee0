package dev.holdfast.output;

import java.io.IOException;

/**
 * Stored output is not what was written: a checksum does not match, or a file is shorter than what
 * is known to have been on the disk. Nothing is repaired and nothing is thrown away; what is whole
 * stays readable.
 */
public final class CorruptOutputException extends IOException {

  CorruptOutputException(String message) {
    super(message);
  }
}
