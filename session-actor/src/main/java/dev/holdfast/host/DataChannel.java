package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.output.StreamName;
import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * A channel beside the link that carries raw bytes: it follows, reads or stores a file of a job.
 *
 * <p>Everything happens on the link's {@link Serial}. The next read of a stream begins only when
 * the sink has taken the last piece, so a slow disk slows the target and nothing piles up. What
 * comes before the mark line is no data and is dropped, see {@link HostCommands}.
 */
final class DataChannel {

  /** Who takes the bytes. Nothing is said any more after {@link #close()}. */
  interface Sink {
    /** Some bytes; the buffer is the sink's during the call. */
    void bytes(StreamName stream, ByteBuffer bytes);

    /** Both streams have ended, or the channel could not be opened or failed. */
    void ended(Optional<Failure> failure);
  }

  /** What a command is given to read. */
  @FunctionalInterface
  interface Source {
    /** The next piece; an empty one at the end. */
    ByteBuffer next() throws IOException;

    /** These bytes and no more. */
    static Source of(ByteBuffer bytes) {
      var rest = new ByteBuffer[] {bytes};
      return () -> {
        ByteBuffer next = rest[0];
        rest[0] = ByteBuffer.allocate(0);
        return next;
      };
    }
  }

  private static final int READ = 128 * 1024;
  private static final int MAX_NOISE = 65_536;

  private final Serial serial;
  private final Timers timers;
  private final Sink sink;
  private final Noise out = new Noise();
  private final Noise err = new Noise();
  private final Source input;
  private Channel channel;
  private int openStreams = 2;
  private boolean closed;

  /**
   * @param input what the command reads; null keeps its input open until the channel is closed
   */
  private DataChannel(Serial serial, Timers timers, Sink sink, Source input) {
    this.serial = serial;
    this.timers = timers;
    this.sink = sink;
    this.input = input;
  }

  /** Runs a command whose input stays open until the channel is closed. */
  static DataChannel open(
      Connection connection,
      String command,
      Duration deadline,
      Serial serial,
      Timers timers,
      Sink sink) {
    var data = new DataChannel(serial, timers, sink, null);
    data.run(connection, command, deadline);
    return data;
  }

  /** Runs a command that reads these bytes and then the end of its input. */
  static DataChannel send(
      Connection connection,
      String command,
      Source input,
      Duration deadline,
      Serial serial,
      Timers timers,
      Sink sink) {
    var data = new DataChannel(serial, timers, sink, input);
    data.run(connection, command, deadline);
    return data;
  }

  private void run(Connection connection, String command, Duration deadline) {
    connection
        .run(command, deadline)
        .whenComplete((opened, failed) -> serial.execute(() -> opened(opened, failed)));
  }

  private void opened(Channel opened, Throwable failed) {
    if (closed) {
      if (opened != null) {
        opened.close();
      }
      return;
    }
    if (failed != null) {
      end(Optional.of(Refusals.in(failed)));
      return;
    }
    channel = opened;
    read(StreamName.OUT);
    read(StreamName.ERR);
    if (input != null) {
      write();
    }
  }

  private void write() {
    if (closed) {
      return;
    }
    try {
      ByteBuffer piece = input.next();
      if (!piece.hasRemaining()) {
        channel.endInput();
        return;
      }
      channel
          .write(piece)
          .whenComplete(
              (done, failed) -> {
                // A command that stops reading says why on its output; that is what counts.
                if (failed == null) {
                  serial.execute(this::write);
                }
              });
    } catch (IOException e) {
      end(Optional.of(Refusals.cannotStore(e)));
    }
  }

  private void read(StreamName stream) {
    var next = stream == StreamName.OUT ? channel.readOut(READ) : channel.readErr(READ);
    next.whenComplete((bytes, failed) -> serial.execute(() -> got(stream, bytes, failed)));
  }

  private void got(StreamName stream, ByteBuffer bytes, Throwable failed) {
    if (closed) {
      return;
    }
    if (failed != null) {
      end(Optional.of(Refusals.in(failed)));
      return;
    }
    if (!bytes.hasRemaining()) {
      streamEnded();
      return;
    }
    Noise noise = stream == StreamName.OUT ? out : err;
    if (!noise.over) {
      noise.skip(bytes);
    }
    if (noise.bytes > MAX_NOISE) {
      end(Optional.of(Refusals.protocol("it talks without a mark: " + noise.shown())));
      return;
    }
    if (noise.over && bytes.hasRemaining()) {
      sink.bytes(stream, bytes);
    }
    if (!closed) {
      read(stream);
    }
  }

  private void streamEnded() {
    openStreams--;
    if (openStreams > 0) {
      return;
    }
    end(
        out.over
            ? Optional.empty()
            : Optional.of(
                Refusals.protocol(
                    "the session host did not run: " + out.shown() + " " + err.shown())));
  }

  private void end(Optional<Failure> failure) {
    close();
    sink.ended(failure);
  }

  /** Ends the channel; the sink hears nothing more. */
  void close() {
    closed = true;
    if (channel != null) {
      Hangup.of(channel, timers);
    }
  }

  /** What was printed on a stream when it ended, as far as it came before the mark. */
  String noise(StreamName stream) {
    return (stream == StreamName.OUT ? out : err).shown();
  }

  /** What comes before the mark line. */
  private static final class Noise {
    private static final byte[] MARK = HostCommands.MARK.getBytes(US_ASCII);

    private final StringBuilder shown = new StringBuilder();
    private final byte[] line = new byte[MARK.length];
    private int length;
    private int bytes;
    private boolean over;

    void skip(ByteBuffer from) {
      while (from.hasRemaining() && !over) {
        byte b = from.get();
        bytes++;
        if (b == '\n') {
          over = length == MARK.length && Arrays.equals(line, MARK);
          length = 0;
        } else {
          if (length < MARK.length) {
            line[length] = b;
          }
          length++;
        }
        if (!over && shown.length() < 400) {
          shown.append((char) (b & 0xff));
        }
      }
    }

    String shown() {
      return Text.shown(new String(shown.toString().getBytes(US_ASCII), UTF_8));
    }
  }
}
