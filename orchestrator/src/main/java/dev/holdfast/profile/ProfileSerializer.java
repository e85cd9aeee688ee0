package dev.holdfast.profile;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.protocol.cluster.v1.ProfileAnswer;
import dev.holdfast.protocol.cluster.v1.ProfileAsk;
import dev.holdfast.protocol.journal.v1.ProfileEntry;
import java.io.NotSerializableException;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Profiles on their way to the journal or to another node, as protobuf. The manifests never change
 * their meaning: E entry, A ask, R answer.
 */
public final class ProfileSerializer extends SerializerWithStringManifest {

  private static final int IDENTIFIER = 7_410_005;

  private final ExtendedActorSystem system;

  /** Called by Pekko. */
  public ProfileSerializer(ExtendedActorSystem system) {
    this.system = system;
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    if (value instanceof Written) {
      return "E";
    } else if (value instanceof Message.Ask) {
      return "A";
    } else if (value instanceof Message.Answer) {
      return "R";
    }
    throw new IllegalArgumentException("not ours to serialize: " + value.getClass().getName());
  }

  @Override
  public byte[] toBinary(Object value) {
    if (value instanceof Written written) {
      return written.entry().toByteArray();
    } else if (value instanceof Message.Ask ask) {
      return ask.ask().toBuilder()
          .setReplyTo(resolver().toSerializationFormat(ask.replyTo()))
          .build()
          .toByteArray();
    } else if (value instanceof Message.Answer answer) {
      return answer.answer().toByteArray();
    }
    throw new IllegalArgumentException("not ours to serialize: " + value.getClass().getName());
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      return switch (manifest) {
        case "E" -> new Written(ProfileEntry.parseFrom(bytes));
        case "A" -> {
          var ask = ProfileAsk.parseFrom(bytes);
          yield new Message.Ask(
              ask.toBuilder().clearReplyTo().build(), resolver().resolveActorRef(ask.getReplyTo()));
        }
        case "R" -> new Message.Answer(ProfileAnswer.parseFrom(bytes));
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
