package dev.holdfast.webhook;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.protocol.cluster.v1.HookEvent;
import dev.holdfast.protocol.cluster.v1.HooksAnswer;
import dev.holdfast.protocol.cluster.v1.HooksAsk;
import dev.holdfast.protocol.cluster.v1.HooksRecord;
import java.io.NotSerializableException;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * What webhooks write and are asked, as protobuf. The manifests never change their meaning: E
 * event, S snapshot, A ask, R answer.
 */
public final class WebhookSerializer extends SerializerWithStringManifest {

  private static final int IDENTIFIER = 7_410_004;

  private final ExtendedActorSystem system;

  /** Called by Pekko. */
  public WebhookSerializer(ExtendedActorSystem system) {
    this.system = system;
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    if (value instanceof HookEvent) {
      return "E";
    } else if (value instanceof HooksRecord) {
      return "S";
    } else if (value instanceof Message.Ask) {
      return "A";
    } else if (value instanceof Message.Answer) {
      return "R";
    }
    throw notOurs(value);
  }

  @Override
  public byte[] toBinary(Object value) {
    if (value instanceof HookEvent event) {
      return event.toByteArray();
    } else if (value instanceof HooksRecord record) {
      return record.toByteArray();
    } else if (value instanceof Message.Ask ask) {
      String replyTo = resolver().toSerializationFormat(ask.replyTo());
      return ask.ask().toBuilder().setReplyTo(replyTo).build().toByteArray();
    } else if (value instanceof Message.Answer answer) {
      return answer.answer().toByteArray();
    }
    throw notOurs(value);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      return switch (manifest) {
        case "E" -> HookEvent.parseFrom(bytes);
        case "S" -> HooksRecord.parseFrom(bytes);
        case "A" -> {
          HooksAsk ask = HooksAsk.parseFrom(bytes);
          yield new Message.Ask(ask, resolver().resolveActorRef(ask.getReplyTo()));
        }
        case "R" -> new Message.Answer(HooksAnswer.parseFrom(bytes));
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

  private static IllegalArgumentException notOurs(Object value) {
    return new IllegalArgumentException("not ours to serialize: " + value.getClass().getName());
  }
}
