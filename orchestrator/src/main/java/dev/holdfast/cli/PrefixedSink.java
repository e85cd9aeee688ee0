package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.OutputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Passes a job's output on by whole lines with a name before each, so that many jobs can share our
 * streams. A line longer than 64 KiB is broken; a last line without an end gets one.
 */
final class PrefixedSink implements Sink {

  private static final int LONGEST_LINE = 1 << 16;

  private final Surroundings around;
  private final byte[] prefix;
  private final Line out = new Line(false);
  private final Line err = new Line(true);

  PrefixedSink(Surroundings around, String name) {
    this.around = around;
    this.prefix = (name + ": ").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void take(OutputStream stream, ByteString bytes) {
    (stream == OutputStream.STDERR ? err : out).take(bytes);
  }

  @Override
  public void lost(OutputStream stream, long bytes) {
    around.say(new String(prefix, StandardCharsets.UTF_8) + RawSink.lossNotice(stream, bytes));
  }

  @Override
  public void end() {
    out.finish();
    err.finish();
  }

  /** The line that is being collected, and the whole ones before it that can go out together. */
  private final class Line {

    private final boolean error;
    private final ByteArrayOutputStream open = new ByteArrayOutputStream();

    Line(boolean error) {
      this.error = error;
    }

    void take(ByteString bytes) {
      var ready = new ByteArrayOutputStream();
      for (byte b : bytes) {
        if (b == '\n' || open.size() >= LONGEST_LINE) {
          move(ready);
        }
        if (b != '\n') {
          open.write(b);
        }
      }
      pass(ready);
    }

    void finish() {
      if (open.size() > 0) {
        var ready = new ByteArrayOutputStream();
        move(ready);
        pass(ready);
      }
    }

    private void move(ByteArrayOutputStream ready) {
      ready.writeBytes(prefix);
      ready.writeBytes(open.toByteArray());
      ready.write('\n');
      open.reset();
    }

    private void pass(ByteArrayOutputStream ready) {
      if (ready.size() == 0) {
        return;
      }
      if (error) {
        around.writeError(ready.toByteArray());
      } else {
        around.write(ready.toByteArray());
      }
    }
  }
}
