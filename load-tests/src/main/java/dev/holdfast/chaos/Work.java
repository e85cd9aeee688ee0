package dev.holdfast.chaos;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.Random;

/**
 * One job of the workload, of which everything is known before it runs: what it prints, how it
 * ends. It also writes a line into a ledger on the target, once per run, so that a second run could
 * not hide.
 *
 * @param name unique within the run
 * @param lines how many lines it prints
 * @param pauses how many times it sleeps for a tenth of a second on the way
 * @param exitCode how it ends
 */
record Work(String name, int lines, int pauses, int exitCode) {

  private static final int MOST_LINES = 400;

  static Work random(String name, Random random) {
    return new Work(
        name,
        random.nextInt(MOST_LINES),
        random.nextInt(8),
        random.nextInt(3) == 0 ? random.nextInt(1, 120) : 0);
  }

  /**
   * A function that the session keeps does the printing, so a shell that had lost its state would
   * be found out.
   */
  String script(Path ledger) {
    return "echo %s >> '%s'\n_count=$((_count + 1))\nprint_lines %s %d %d\n(exit %d)\n"
        .formatted(name, ledger, name, lines, Math.max(1, lines / (pauses + 1)), exitCode);
  }

  /** Run once in each session, before the work. */
  static String preparation() {
    return """
        _count=0
        print_lines() {
          _i=0
          while [ $_i -lt $2 ]; do
            _i=$((_i + 1))
            echo "$1 line $_i of $2 job $_count"
            if [ $((_i % 7)) = 0 ]; then echo "$1 error $_i" >&2; fi
            if [ $((_i % $3)) = 0 ]; then sleep 0.1; fi
          done
        }
        """;
  }

  /** What it prints on standard output as the {@code nth} job of its session. */
  ByteString out(int nth) {
    var text = new StringBuilder();
    for (int i = 1; i <= lines; i++) {
      text.append(name)
          .append(" line ")
          .append(i)
          .append(" of ")
          .append(lines)
          .append(" job ")
          .append(nth)
          .append('\n');
    }
    return bytes(text);
  }

  /** What it prints on standard error. */
  ByteString err() {
    var text = new StringBuilder();
    for (int i = 7; i <= lines; i += 7) {
      text.append(name).append(" error ").append(i).append('\n');
    }
    return bytes(text);
  }

  private static ByteString bytes(StringBuilder text) {
    return ByteString.copyFromUtf8(text.toString());
  }
}
