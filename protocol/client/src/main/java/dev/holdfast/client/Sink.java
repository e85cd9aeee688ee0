package dev.holdfast.client;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.OutputStream;

/** Where the output of one job goes. Called by one thread, the one that follows. */
public interface Sink {

  /** The next bytes of a stream. */
  void take(OutputStream stream, ByteString bytes);

  /** So many bytes of a stream are lost for good, here, before the next ones (output mode drop). */
  void lost(OutputStream stream, long bytes);

  /** Nothing more will come. */
  default void end() {}
}
