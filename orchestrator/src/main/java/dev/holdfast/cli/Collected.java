package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.OutputStream;

/**
 * Keeps a job's output to be shown when it has ended: the first 4 MiB of each stream. What lies
 * beyond is not lost, {@code receive} has it; {@link #truncated} says so.
 */
final class Collected implements Sink {

  static final int LIMIT = 4 << 20;

  private ByteString out = ByteString.EMPTY;
  private ByteString err = ByteString.EMPTY;
  private boolean truncated;

  @Override
  public void take(OutputStream stream, ByteString bytes) {
    if (stream == OutputStream.STDERR) {
      err = append(err, bytes);
    } else {
      out = append(out, bytes);
    }
  }

  @Override
  public void lost(OutputStream stream, long bytes) {
    truncated = true;
  }

  ByteString out() {
    return out;
  }

  ByteString err() {
    return err;
  }

  /** Whether a stream had more than is here. */
  boolean truncated() {
    return truncated;
  }

  private ByteString append(ByteString kept, ByteString more) {
    int room = LIMIT - kept.size();
    if (more.size() > room) {
      truncated = true;
      return kept.concat(more.substring(0, room));
    }
    return kept.concat(more);
  }
}
