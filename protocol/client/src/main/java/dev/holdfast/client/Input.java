package dev.holdfast.client;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.GiveInputRequest;
import java.io.IOException;
import java.io.InputStream;

/**
 * Gives a job its standard input, in pieces by offset, so that a piece sent twice counts once. The
 * server may take less than it was given; then the rest is offered again, after a pause.
 */
final class Input {

  private static final int PIECE = 256 << 10;

  private final Holdfast holdfast;
  private final String job;

  Input(Holdfast holdfast, String job) {
    this.holdfast = holdfast;
    this.job = job;
  }

  /** Gives it all, and the end. */
  void give(InputStream in) throws IOException {
    long offset = 0;
    for (byte[] piece = in.readNBytes(PIECE); piece.length > 0; piece = in.readNBytes(PIECE)) {
      offset = give(offset, ByteString.copyFrom(piece));
    }
    give(GiveInputRequest.newBuilder().setId(job).setOffset(offset).setEnd(true).build());
  }

  private long give(long from, ByteString piece) {
    long end = from + piece.size();
    var patience = holdfast.patience();
    for (long next = from; next < end; ) {
      var rest = piece.substring((int) (next - from));
      long wanted =
          give(GiveInputRequest.newBuilder().setId(job).setOffset(next).setData(rest).build());
      if (wanted > next) {
        patience.progressed();
        next = wanted;
      } else {
        patience.pause();
      }
    }
    return end;
  }

  private long give(GiveInputRequest request) {
    return holdfast.jobs(jobs -> jobs.giveInput(request)).getNext();
  }
}
