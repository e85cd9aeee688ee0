package dev.holdfast.api;

import com.google.protobuf.ByteString;
import dev.holdfast.output.OutputLog;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Standard input as clients give it: kept by offset, so that a repeat changes nothing. */
final class Input {

  private Input() {}

  /**
   * Stores bytes where they belong, before their session hears of them; may block on the disk.
   *
   * @param whole whether this is the last of it: then the whole of it survives a power cut
   * @return the offset of the next byte wanted
   */
  static long store(
      OutputLog log, OutputLog.Place place, long offset, ByteString data, boolean whole) {
    try {
      long end = log.end(place);
      if (offset > end) {
        throw Refusal.of(
            Kind.INVALID,
            "'offset' leaves a gap: the next byte wanted is " + end,
            "go on from " + end);
      }
      log.append(place, offset, data.asReadOnlyByteBuffer());
      if (whole) {
        log.sync(place.session(), place.job());
      }
      return log.end(place);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
