package dev.holdfast.actor;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.journal.Entries;
import dev.holdfast.journal.Entry;
import dev.holdfast.journal.Snapshots;
import dev.holdfast.protocol.journal.v1.SessionRecord;
import dev.holdfast.session.Session;
import java.io.NotSerializableException;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Everything of ours that is written to the journal or sent to another node, as protobuf. The
 * manifests are one letter and never change their meaning: E entry, S session, A ask, R answer.
 */
public final class SessionSerializer extends SerializerWithStringManifest {

  /** The number of this serializer beside all that it wrote. */
  public static final int IDENTIFIER = 7_410_001;

  private final ExtendedActorSystem system;

  /** Called by Pekko. */
  public SessionSerializer(ExtendedActorSystem system) {
    this.system = system;
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    if (value instanceof Entry) {
      return "E";
    } else if (value instanceof Session) {
      return "S";
    } else if (value instanceof Message.Ask) {
      return "A";
    } else if (value instanceof Answer) {
      return "R";
    }
    throw new IllegalArgumentException("not ours to serialize: " + value.getClass().getName());
  }

  @Override
  public byte[] toBinary(Object value) {
    if (value instanceof Entry entry) {
      return Entries.write(entry).toByteArray();
    } else if (value instanceof Session session) {
      return Snapshots.write(session).toByteArray();
    } else if (value instanceof Message.Ask ask) {
      return Wire.write(ask, resolver()).toByteArray();
    } else if (value instanceof Answer answer) {
      return Wire.write(answer).toByteArray();
    }
    throw new IllegalArgumentException("not ours to serialize: " + value.getClass().getName());
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      return switch (manifest) {
        case "E" -> Entries.read(dev.holdfast.protocol.journal.v1.Entry.parseFrom(bytes));
        case "S" -> Snapshots.read(SessionRecord.parseFrom(bytes));
        case "A" -> Wire.read(dev.holdfast.protocol.cluster.v1.Ask.parseFrom(bytes), resolver());
        case "R" -> Wire.read(dev.holdfast.protocol.cluster.v1.Answer.parseFrom(bytes));
        default ->
            throw new NotSerializableException(
                "unknown manifest " + manifest + "; is it from a newer version?");
      };
    } catch (InvalidProtocolBufferException e) {
      throw new NotSerializableException("damaged " + manifest + ": " + e.getMessage());
    }
  }

  private ActorRefResolver resolver() {
    return ActorRefResolver.get(Adapter.toTyped(system));
  }
}
