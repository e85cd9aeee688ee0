package dev.holdfast.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Directories that only their owner may enter. */
final class PrivateDirectory {
  private PrivateDirectory() {}

  /** Makes the directory, and those above it, where they are missing. */
  static void create(Path directory) throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }
}
