package dev.holdfast.chaos;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One job of the workload, of which everything is known before it runs: what it prints, how it
 * ends. It also writes into a ledger on the target when it begins and when it ends, so that a
 * second run could not hide, and counts in a variable of its shell, so that a shell that had lost
 * its state is found out.
 *
 * @param name unique within the run
 * @param lines how many lines it prints
 * @param pauses how many times it sleeps for a tenth of a second on the way
 * @param exitCode how it ends
 */
record Work(String name, int lines, int pauses, int exitCode) {

  private static final int MOST_LINES = 400;
  private static final int EXCERPT = 40;
  private static final ByteString TERMINATED = ByteString.copyFromUtf8("Terminated\n");
  private static final Pattern COUNT = Pattern.compile(" job (\\d+)\n");

  static Work random(String name, Random random) {
    return new Work(
        name,
        random.nextInt(MOST_LINES),
        random.nextInt(10),
        random.nextInt(3) == 0 ? random.nextInt(1, 120) : 0);
  }

  /** What the shell is told to do. */
  String script(Path ledger) {
    return """
        _count=$((${_count:-0} + 1))
        echo "begin NAME $_count" >>'LEDGER'
        _i=0
        while [ $_i -lt LINES ]; do
          _i=$((_i + 1))
          echo "NAME line $_i of LINES job $_count"
          if [ $((_i % 7)) = 0 ]; then echo "NAME error $_i" >&2; fi
          if [ $((_i % EVERY)) = 0 ]; then sleep 0.1; fi
        done
        echo "end NAME CODE" >>'LEDGER'
        (exit CODE)
        """
        .replace("NAME", name)
        .replace("LEDGER", ledger.toString())
        .replace("LINES", Integer.toString(lines))
        .replace("EVERY", Integer.toString(Math.max(1, lines / (pauses + 1))))
        .replace("CODE", Integer.toString(exitCode));
  }

  /** What it prints on standard output when its shell has counted so far. */
  ByteString out(int count) {
    var text = new StringBuilder();
    for (int i = 1; i <= lines; i++) {
      text.append(name).append(" line ").append(i).append(" of ").append(lines);
      text.append(" job ").append(count).append('\n');
    }
    return ByteString.copyFromUtf8(text.toString());
  }

  /** What it prints on standard error. */
  ByteString err() {
    var text = new StringBuilder();
    for (int i = 7; i <= lines; i += 7) {
      text.append(name).append(" error ").append(i).append('\n');
    }
    return ByteString.copyFromUtf8(text.toString());
  }

  /**
   * Holds output against the truth.
   *
   * @param whole whether it ran to its end; else a beginning of its output is as good
   * @return what is wrong, or nothing
   */
  String examine(ByteString out, ByteString err, boolean whole) {
    Matcher found = COUNT.matcher(out.toStringUtf8());
    int count = found.find() ? Integer.parseInt(found.group(1)) : 0;
    return difference("stdout", out, out(count), whole) + difference("stderr", err, err(), whole);
  }

  /** Without what the shell itself may say about a command that was cancelled. */
  private static ByteString unsaid(ByteString seen) {
    return seen.endsWith(TERMINATED) ? seen.substring(0, seen.size() - TERMINATED.size()) : seen;
  }

  private static String difference(
      String stream, ByteString seen, ByteString truth, boolean whole) {
    if (whole ? seen.equals(truth) : truth.startsWith(seen) || truth.startsWith(unsaid(seen))) {
      return "";
    }
    int other = Arrays.mismatch(seen.toByteArray(), truth.toByteArray());
    return "%s: %d bytes instead of %d, at %d '%s' instead of '%s'; "
        .formatted(
            stream, seen.size(), truth.size(), other, excerpt(seen, other), excerpt(truth, other));
  }

  private static String excerpt(ByteString of, int from) {
    return of.substring(from, Math.min(of.size(), from + EXCERPT))
        .toString(StandardCharsets.ISO_8859_1)
        .replaceAll("[^ -~]", ".");
  }
}
