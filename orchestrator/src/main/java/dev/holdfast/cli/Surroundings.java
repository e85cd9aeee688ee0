package dev.holdfast.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * What a verb may touch besides the server: its three streams, its environment, the time, and
 * whether somebody looks at the streams.
 *
 * <p>Writes are whole and in order when several threads make them, and reach the reader at once.
 */
final class Surroundings {

  private static final int DEFAULT_WIDTH = 80;

  private final InputStream in;
  private final OutputStream out;
  private final OutputStream err;
  private final Map<String, String> env;
  private final boolean outSeen;
  private final boolean errSeen;
  private final IntSupplier width;
  private final Clock clock;

  Surroundings(
      InputStream in,
      OutputStream out,
      OutputStream err,
      Map<String, String> env,
      boolean outSeen,
      boolean errSeen,
      IntSupplier width,
      Clock clock) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.env = env;
    this.outSeen = outSeen;
    this.errSeen = errSeen;
    this.width = width;
    this.clock = clock;
  }

  /** Those of this process. The streams are the bare descriptors, so that a lost reader is seen. */
  static Surroundings ofThisProcess() {
    return new Surroundings(
        System.in,
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
        new FileOutputStream(FileDescriptor.err),
        System.getenv(),
        isTerminal(1),
        isTerminal(2),
        Surroundings::terminalWidth,
        Clock.systemUTC());
  }

  InputStream in() {
    return in;
  }

  Clock clock() {
    return clock;
  }

  /** An environment variable; null when it is not set or empty. */
  String env(String name) {
    var value = env.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /** Whether standard output is a terminal. */
  boolean outSeen() {
    return outSeen;
  }

  /** Whether standard error is a terminal. */
  boolean errSeen() {
    return errSeen;
  }

  /** Columns of the terminal. */
  int width() {
    return width.getAsInt();
  }

  /** Bytes for standard output, exactly. */
  void write(byte[] bytes) {
    synchronized (out) {
      try {
        out.write(bytes);
        out.flush();
      } catch (IOException e) {
        throw new OutputGone(e);
      }
    }
  }

  /** Bytes for standard error, exactly. */
  void writeError(byte[] bytes) {
    synchronized (err) {
      try {
        err.write(bytes);
        err.flush();
      } catch (IOException e) {
        throw new OutputGone(e);
      }
    }
  }

  /** One line for standard output. */
  void line(String text) {
    write((text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** One line of news for people, on standard error. */
  void say(String text) {
    writeError((text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** A cause and an advice for people, on standard error. */
  void complain(String cause, String advice) {
    var text = "holdfast: " + Words.printable(cause);
    say(advice.isEmpty() ? text : text + "\n  " + Words.printable(advice));
  }

  /** Standard output cannot be written: its reader has gone, or its disk is full. */
  static final class OutputGone extends RuntimeException {

    OutputGone(IOException cause) {
      super(cause.getMessage(), cause);
    }

    /** Whether the reader simply has had enough, as {@code head} does. */
    boolean readerLeft() {
      return String.valueOf(getMessage()).contains("Broken pipe");
    }
  }

  private static boolean isTerminal(int descriptor) {
    try {
      var name = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return name.startsWith("/dev/pts/")
          || name.startsWith("/dev/tty")
          || name.equals("/dev/console");
    } catch (IOException noProc) {
      return false;
    }
  }

  private static int terminalWidth() {
    var columns = System.getenv("COLUMNS");
    if (columns != null && columns.matches("\\d{1,4}")) {
      return Integer.parseInt(columns);
    }
    try {
      var stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(Path.of("/dev/tty").toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (var answer = stty.getInputStream()) {
        var size = new String(answer.readAllBytes(), StandardCharsets.US_ASCII).strip();
        int found = Integer.parseInt(size.substring(size.indexOf(' ') + 1));
        return found > 0 ? found : DEFAULT_WIDTH;
      }
    } catch (IOException | NumberFormatException unknown) {
      return DEFAULT_WIDTH;
    }
  }
}
