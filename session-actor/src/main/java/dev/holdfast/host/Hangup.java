package dev.holdfast.host;

import dev.holdfast.transport.Channel;
import java.time.Duration;

/**
 * The end of a channel by the node's wish: its command sees the end of its input and leaves by
 * itself, tidily; only one that stays is cut off.
 */
final class Hangup {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private Hangup() {}

  static void of(Channel channel, Timers timers) {
    if (channel.ended().toCompletableFuture().isDone()) {
      channel.close();
      return;
    }
    channel.endInput();
    var cut = timers.after(PATIENCE, channel::close);
    var unused =
        channel
            .ended()
            .whenComplete(
                (status, lost) -> {
                  cut.cancel();
                  channel.close();
                });
  }
}
