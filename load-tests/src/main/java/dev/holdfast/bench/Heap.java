package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** What a JVM keeps on its heap. */
final class Heap {

  private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
  private static final int LOOKS = 3;

  private Heap() {}

  /** Bytes of live objects, after full collections; what is on its way out does not count. */
  static long live(long pid) throws IOException, InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < LOOKS; i++) {
      least = Math.min(least, look(pid));
    }
    return least;
  }

  private static long look(long pid) throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    String text = Programs.said(List.of(jcmd, Long.toString(pid), "GC.class_histogram"));
    var total = TOTAL.matcher(text);
    if (!total.find()) {
      throw new IOException("jcmd does not tell the heap of " + pid + ": " + text);
    }
    return Long.parseLong(total.group(1));
  }
}
