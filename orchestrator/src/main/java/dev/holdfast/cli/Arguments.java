package dev.holdfast.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The arguments as they were given, byte for byte.
 *
 * <p>Java decodes its arguments by the locale, and in the locale {@code C} everything beyond ASCII
 * is lost. The kernel still has the bytes, so they are taken from there when it matters.
 */
final class Arguments {

  private Arguments() {}

  static String[] exact(String[] decoded) {
    if ("UTF-8".equalsIgnoreCase(System.getProperty("sun.jnu.encoding")) || isAscii(decoded)) {
      return decoded;
    }
    try {
      var all = split(Files.readAllBytes(Path.of("/proc/self/cmdline")));
      if (all.size() < decoded.length) {
        return decoded;
      }
      return all.subList(all.size() - decoded.length, all.size()).toArray(String[]::new);
    } catch (IOException notHere) {
      return decoded;
    }
  }

  private static boolean isAscii(String[] words) {
    return List.of(words).stream().allMatch(word -> word.chars().allMatch(c -> c > 0 && c < 0x80));
  }

  private static List<String> split(byte[] line) {
    var words = new ArrayList<String>();
    int start = 0;
    for (int i = 0; i < line.length; i++) {
      if (line[i] == 0) {
        words.add(new String(line, start, i - start, StandardCharsets.UTF_8));
        start = i + 1;
      }
    }
    return words;
  }
}
