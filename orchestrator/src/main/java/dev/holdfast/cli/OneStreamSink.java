package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.OutputStream;

/** Passes the bytes of the one stream that is read on to our standard output. */
record OneStreamSink(Surroundings around) implements Sink {

  @Override
  public void take(OutputStream stream, ByteString bytes) {
    around.write(bytes.toByteArray());
  }

  @Override
  public void lost(OutputStream stream, long bytes) {
    around.say(RawSink.lossNotice(stream, bytes));
  }
}
