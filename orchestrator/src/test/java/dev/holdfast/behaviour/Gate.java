package dev.holdfast.behaviour;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a job waits at until the test lets it go on: a file that is there or not. */
record Gate(Path file) {

  /** The words of a script that wait. */
  String await() {
    return "while [ ! -e '" + file + "' ]; do sleep 0.05; done";
  }

  void open() {
    try {
      Files.writeString(file, "");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
