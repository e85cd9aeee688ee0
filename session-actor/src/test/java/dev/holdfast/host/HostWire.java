package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The node's end of an attach channel, as simple as it can be: it sends lines, and takes what was
 * said in order.
 */
final class HostWire {

  private static final String NONCE = "00112233445566778899aabbccddeeff";

  /**
   * One thing that the host said.
   *
   * @param line the line; {@code END OF CHANNEL} at the end
   * @param out the inline stdout of an {@code EXIT}, or the bytes of a {@code CHUNK}, as Latin-1
   * @param err the inline stderr of an {@code EXIT}
   */
  record Heard(String line, String out, String err) {

    boolean is(String start) {
      return line.equals(start) || line.startsWith(start + " ");
    }

    String word(int index) {
      return line.split(" ", -1)[index];
    }

    /** The exit code of an {@code EXIT}. */
    int code() {
      return Integer.parseInt(word(2));
    }
  }

  private static final String END = "END OF CHANNEL";

  final Process process;
  final String greeting;
  private final LinkedBlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
  private final List<Heard> skipped = new ArrayList<>();

  HostWire(Process process) throws IOException {
    this.process = process;
    send("hello " + NONCE);
    var reader = new Thread(this::read, "wire");
    reader.setDaemon(true);
    reader.start();
    greeting = next().line();
  }

  void send(String lines) throws IOException {
    process.getOutputStream().write((lines + "\n").getBytes(ISO_8859_1));
    process.getOutputStream().flush();
  }

  /** Sends what may no longer be wanted. */
  void trySend(String lines) {
    try {
      send(lines);
    } catch (IOException e) {
      // the channel has ended, as the test means it to
    }
  }

  void script(String job, String script) throws IOException {
    send(
        "script "
            + job
            + " "
            + script.lines().count()
            + "\n"
            + String.join("\n", script.lines().toList()));
  }

  void start(String job, String script, String... keys) throws IOException {
    script(job, script);
    send(("start " + job + " " + String.join(" ", keys)).strip());
  }

  /** Runs a job to its end, which must be an {@code EXIT}. */
  Heard run(String job, String script, String... keys) throws IOException {
    start(job, script, keys);
    expect("STARTED " + job);
    return expect("EXIT " + job);
  }

  /** The answer to {@code status}. */
  String status(String job) throws IOException {
    send("status " + job);
    return expect("STATE " + job).line().substring(("STATE " + job + " ").length());
  }

  /** Waits until a status is as wanted, and does not trust pushes. */
  String awaitStatus(String job, Predicate<String> wanted) throws IOException {
    long end = System.nanoTime() + HostOnDisk.PATIENCE.toNanos();
    while (true) {
      String status = status(job);
      if (wanted.test(status)) {
        return status;
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("the status of " + job + " stays " + status);
      }
      java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /** The next thing said. */
  Heard next() {
    try {
      Heard next = heard.poll(HostOnDisk.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing more was said; before: " + skipped);
      }
      if (next.line().equals(END)) {
        heard.add(next);
      }
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The next thing said that begins so; what comes before it is kept for {@link #said}. */
  Heard expect(String... starts) {
    while (true) {
      Heard next = next();
      for (String start : starts) {
        if (next.is(start)) {
          return next;
        }
      }
      if (next.line().equals(END)) {
        throw new AssertionError(
            "the channel ended before " + String.join(" or ", starts) + "; said: " + skipped);
      }
      skipped.add(next);
    }
  }

  /** Has such a thing been said, and passed over? */
  boolean said(String start) {
    return skipped.stream().anyMatch(heard -> heard.is(start));
  }

  void expectEnd() {
    expect(END);
  }

  /** The end of the link as a network makes it: the streams end. */
  void hangUp() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // it had ended
    }
  }

  /** The end of the link as an operator makes it. */
  void cut() {
    process.destroyForcibly();
  }

  private void read() {
    try (InputStream in = new BufferedInputStream(process.getInputStream())) {
      for (String line = line(in); line != null; line = line(in)) {
        if (line.startsWith("EXIT ") && line.endsWith(" inline")) {
          heard.add(new Heard(line, untilNonce(in), untilNonce(in)));
        } else if (line.startsWith("CHUNK ")) {
          int size = Integer.parseInt(line.split(" ", -1)[4]);
          heard.add(new Heard(line, new String(in.readNBytes(size), ISO_8859_1), ""));
        } else {
          heard.add(new Heard(line, "", ""));
        }
      }
    } catch (IOException e) {
      // the end, too
    }
    heard.add(new Heard(END, "", ""));
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        return null;
      }
      line.write(b);
    }
    return line.toString(ISO_8859_1);
  }

  private static String untilNonce(InputStream in) throws IOException {
    var bytes = new StringBuilder();
    String mark = NONCE + "\n";
    while (bytes.length() < mark.length()
        || !bytes.substring(bytes.length() - mark.length()).equals(mark)) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("the end, within a job's output");
      }
      bytes.append((char) b);
    }
    bytes.setLength(bytes.length() - mark.length());
    return bytes.toString();
  }
}
