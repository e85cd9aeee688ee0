package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Failure;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Writes requests to the attach channel, in order, one write at a time; what is asked meanwhile
 * goes out together with the next. At most {@value #MAX_WAITING} bytes wait; a target that lets
 * more pile up does not read any more, and the link is given up.
 */
final class Requests {

  private static final int MAX_WAITING = 4 << 20;

  private final Channel channel;
  private final Serial serial;
  private final Consumer<Failure> lost;
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream(64);
  private boolean writing;

  Requests(Channel channel, Serial serial, Consumer<Failure> lost) {
    this.channel = channel;
    this.serial = serial;
    this.lost = lost;
  }

  /** Sends lines; the last line feed is added. */
  void send(String lines) {
    waiting.writeBytes((lines + "\n").getBytes(UTF_8));
    if (waiting.size() > MAX_WAITING) {
      lost.accept(Refusals.lost("the target does not read what it is sent"));
    } else if (!writing) {
      write();
    }
  }

  private void write() {
    var bytes = ByteBuffer.wrap(waiting.toByteArray());
    waiting.reset();
    writing = true;
    channel.write(bytes).whenComplete((done, failed) -> serial.execute(() -> written(failed)));
  }

  private void written(Throwable failed) {
    writing = false;
    // A failed write is no news: the end of the channel's output tells more, and always comes.
    if (failed == null && waiting.size() > 0) {
      write();
    }
  }
}
