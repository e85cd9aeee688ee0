package dev.holdfast.actor.store.cassandra;

import com.google.protobuf.ByteString;
import dev.holdfast.actor.SessionSerializer;
import dev.holdfast.actor.store.RawEvent;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Stands in for {@link SessionSerializer} where events are copied: they are stored under its number
 * and manifest, to the byte as they were.
 */
public final class RawEvents extends SerializerWithStringManifest {

  @Override
  public int identifier() {
    return SessionSerializer.IDENTIFIER;
  }

  @Override
  public String manifest(Object event) {
    return ((RawEvent) event).manifest();
  }

  @Override
  public byte[] toBinary(Object event) {
    return ((RawEvent) event).bytes().toByteArray();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    return new RawEvent(manifest, ByteString.copyFrom(bytes));
  }
}
