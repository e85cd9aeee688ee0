package dev.holdfast.cli;

import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * A recording of a terminal as asciicast v2: a line that describes it, then a line for each event
 * with the seconds since the beginning. Bytes that are not UTF-8 become U+FFFD, because the format
 * is text.
 *
 * @see <a href="https://docs.asciinema.org/manual/asciicast/v2/">asciicast v2</a>
 */
final class Cast implements AutoCloseable {

  private final Writer file;
  private final Clock clock;
  private final Instant start;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private ByteBuffer rest = ByteBuffer.allocate(0);

  /**
   * Begins a recording.
   *
   * @throws IOException when the file is there already, or cannot be written
   */
  Cast(Path to, Clock clock, int columns, int rows, String title) throws IOException {
    this.file = Files.newBufferedWriter(to, StandardOpenOption.CREATE_NEW);
    this.clock = clock;
    this.start = clock.instant();
    line(
        "{\"version\":2,\"width\":"
            + columns
            + ",\"height\":"
            + rows
            + ",\"timestamp\":"
            + start.getEpochSecond()
            + ",\"title\":"
            + Json.quoted(title)
            + "}");
  }

  /** The terminal shows these bytes now. */
  synchronized void shown(byte[] bytes) throws IOException {
    var all = ByteBuffer.allocate(rest.remaining() + bytes.length).put(rest).put(bytes).flip();
    var text = CharBuffer.allocate(all.remaining() + 1);
    decoder.decode(all, text, false);
    rest = ByteBuffer.allocate(all.remaining()).put(all).flip();
    if (text.position() > 0) {
      event("o", text.flip().toString());
    }
  }

  /** Its window has this size now. */
  synchronized void resized(int columns, int rows) throws IOException {
    event("r", columns + "x" + rows);
  }

  private void event(String kind, String data) throws IOException {
    double seconds = Duration.between(start, clock.instant()).toNanos() / 1e9;
    line(
        String.format(Locale.ROOT, "[%.6f,\"%s\",", Math.max(0, seconds), kind)
            + Json.quoted(data)
            + "]");
  }

  private void line(String text) throws IOException {
    file.write(text);
    file.write('\n');
    file.flush();
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
