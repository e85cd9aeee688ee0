package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Channel;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/** The seam's view of an {@link ExecChannel}. */
record SshChannel(ExecChannel channel) implements Channel {

  @Override
  public CompletionStage<Void> write(ByteBuffer bytes) {
    return channel.send(bytes);
  }

  @Override
  public void endInput() {
    channel.endInput();
  }

  @Override
  public CompletionStage<ByteBuffer> readOut(int max) {
    return channel.output.read(max);
  }

  @Override
  public CompletionStage<ByteBuffer> readErr(int max) {
    return channel.errors.read(max);
  }

  @Override
  public CompletionStage<Integer> ended() {
    return channel.ended.minimalCompletionStage();
  }

  @Override
  public void close() {
    channel.abandon();
  }
}
