package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.OutputStream;

/** Passes a job's bytes on, unchanged: its standard output to ours, its standard error to ours. */
final class RawSink implements Sink {

  private final Surroundings around;

  RawSink(Surroundings around) {
    this.around = around;
  }

  @Override
  public void take(OutputStream stream, ByteString bytes) {
    if (stream == OutputStream.STDERR) {
      around.writeError(bytes.toByteArray());
    } else {
      around.write(bytes.toByteArray());
    }
  }

  @Override
  public void lost(OutputStream stream, long bytes) {
    around.say(lossNotice(stream, bytes));
  }

  static String lossNotice(OutputStream stream, long bytes) {
    return "holdfast: "
        + bytes
        + " bytes of "
        + (stream == OutputStream.STDERR ? "stderr" : "stdout")
        + " were dropped at the job's output limit";
  }
}
