package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where, when and with what a run was made. */
final class Machine {

  private Machine() {}

  static Map<String, String> describe() throws IOException, InterruptedException {
    var about = new LinkedHashMap<String, String>();
    about.put("holdfast", Programs.said(List.of(launcher(), "--version")));
    about.put("java", System.getProperty("java.runtime.version"));
    about.put("ssh", Programs.version("ssh", "-V").orElse("not installed"));
    about.put("clush", Programs.version("clush", "--version").orElse("not installed"));
    about.put("pssh", Programs.version("parallel-ssh", "--version").orElse("not installed"));
    about.put("kernel", Programs.said(List.of("uname", "-sr")));
    about.put(
        "processors",
        Runtime.getRuntime().availableProcessors() + ", load " + load() + " at the start");
    return about;
  }

  /** The load averages of 1, 5 and 15 minutes. */
  static String load() throws IOException {
    return String.join(
        " ", List.of(Files.readString(Path.of("/proc/loadavg")).split(" ", -1)).subList(0, 3));
  }

  /** Bytes of memory that could be had. */
  static long available() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith("MemAvailable:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return Long.MAX_VALUE;
  }

  /** The launcher of this checkout. */
  static String launcher() {
    return Path.of(System.getProperty("holdfast.home", "."), "holdfast")
        .toAbsolutePath()
        .toString();
  }
}
