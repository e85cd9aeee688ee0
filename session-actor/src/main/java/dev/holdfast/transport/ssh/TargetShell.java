package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks a target's shell what SFTP has no words for: the SHA-256 of a file, so that the file need
 * not come over the line for it ({@code sha256sum}, {@code shasum} or {@code openssl}, whichever is
 * there), and how much room there is ({@code df}). Many accounts may use SFTP and nothing else;
 * then there is no answer, and that is no failure.
 *
 * <p>A path is in the script that {@code sh} reads, not in a command line.
 */
final class TargetShell {

  private static final Duration START = Duration.ofSeconds(15);
  private static final int MOST_ANSWER = 64 * 1024;
  private static final String ANSWER = "HOLDFAST-ANSWER ";
  private static final Pattern SUM = Pattern.compile(ANSWER + "[^\n]*?\\b([0-9a-f]{64})\\b");
  private static final Pattern ROOM = Pattern.compile(ANSWER + "([0-9]{1,15})\\b");

  private static final String SUM_OF_FILE =
      """
      if command -v sha256sum >/dev/null; then sha256sum <"$f"
      elif command -v shasum >/dev/null; then shasum -a 256 <"$f"
      elif command -v openssl >/dev/null; then openssl dgst -sha256 <"$f"
      fi
      """;
  private static final String ROOM_AT_FILE = "df -Pk \"$f\" | awk 'END { print $4 }'\n";

  private final Connection connection;
  private volatile Channel channel;

  TargetShell(Connection connection) {
    this.connection = connection;
  }

  Optional<String> sha256(String path) {
    return answer(path, SUM_OF_FILE, SUM);
  }

  /** How many bytes the account may write yet, in the file system of a directory. */
  Optional<Long> room(String directory) {
    return answer(directory, ROOM_AT_FILE, ROOM).map(kibibytes -> Long.parseLong(kibibytes) * 1024);
  }

  private Optional<String> answer(String path, String question, Pattern answer) {
    try {
      channel = connection.run("exec sh", START).toCompletableFuture().join();
      try {
        return asked(channel, path, question, answer);
      } finally {
        channel.close();
        channel = null;
      }
    } catch (CompletionException unanswered) {
      return Optional.empty();
    }
  }

  private static Optional<String> asked(
      Channel channel, String path, String question, Pattern answer) {
    String script =
        "f='" + path.replace("'", "'\\''") + "'\necho; printf '" + ANSWER + "'\n" + question;
    var unread = new Thread(() -> text(channel::readErr), "holdfast-target-shell");
    unread.setDaemon(true);
    unread.start();
    var unused =
        channel
            .write(ByteBuffer.wrap(script.getBytes(StandardCharsets.UTF_8)))
            .whenComplete((done, failed) -> channel.endInput());
    Matcher found = answer.matcher(text(channel::readOut));
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
  }

  private interface Stream {
    CompletionStage<ByteBuffer> read(int max);
  }

  /** A stream to its end; what is beyond the bound is read and not kept. */
  private static String text(Stream stream) {
    var text = new StringBuilder();
    ByteBuffer piece = stream.read(MOST_ANSWER).toCompletableFuture().join();
    while (piece.hasRemaining()) {
      if (text.length() < MOST_ANSWER) {
        text.append(StandardCharsets.ISO_8859_1.decode(piece));
      }
      piece = stream.read(MOST_ANSWER).toCompletableFuture().join();
    }
    return text.toString();
  }

  /** Whoever waits for an answer waits no more. */
  void close() {
    Channel asked = channel;
    if (asked != null) {
      asked.close();
    }
  }
}
