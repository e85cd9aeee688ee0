package dev.holdfast.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Looks for a secret where it must not be: in logs, and in what processes were started with. */
final class Secrets {

  private Secrets() {}

  static List<String> found(Path scratch, String secret) throws IOException {
    var found = new ArrayList<String>();
    try (Stream<Path> files = Files.list(scratch)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".log")).toList()) {
        if (has(file, secret)) {
          found.add("a token is in " + file);
        }
      }
    }
    ProcessHandle.allProcesses()
        .filter(process -> hasQuietly(Path.of("/proc/" + process.pid() + "/cmdline"), secret))
        .forEach(process -> found.add("a token is in the arguments of process " + process.pid()));
    return found;
  }

  private static boolean has(Path file, String secret) throws IOException {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return lines.anyMatch(line -> line.contains(secret));
    }
  }

  private static boolean hasQuietly(Path file, String secret) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).contains(secret);
    } catch (IOException gone) {
      return false;
    }
  }
}
