package dev.holdfast.chronicle;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.protocol.cluster.v1.ChronicleHeard;
import dev.holdfast.protocol.cluster.v1.ChroniclePage;
import dev.holdfast.protocol.cluster.v1.ChroniclePlace;
import dev.holdfast.protocol.cluster.v1.ReadChronicle;
import dev.holdfast.protocol.cluster.v1.TellChronicle;
import dev.holdfast.protocol.cluster.v1.ToldEntries;
import dev.holdfast.protocol.cluster.v1.ToldSoFar;
import java.io.NotSerializableException;
import java.time.Duration;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * What chronicles write and are asked, as protobuf. The manifests never change their meaning: T
 * told, F so far; A tell, H heard, R read, P page.
 */
public final class ChronicleSerializer extends SerializerWithStringManifest {

  private static final int IDENTIFIER = 7_410_003;

  private final ExtendedActorSystem system;

  /** Called by Pekko. */
  public ChronicleSerializer(ExtendedActorSystem system) {
    this.system = system;
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    if (value instanceof Told) {
      return "T";
    } else if (value instanceof ToldSoFar) {
      return "F";
    } else if (value instanceof Message.Tell) {
      return "A";
    } else if (value instanceof Message.Heard) {
      return "H";
    } else if (value instanceof Message.Read) {
      return "R";
    } else if (value instanceof Page) {
      return "P";
    }
    throw notOurs(value);
  }

  @Override
  public byte[] toBinary(Object value) {
    if (value instanceof Told told) {
      return ToldEntries.newBuilder()
          .addAllEntries(told.entries())
          .setTerm(told.term())
          .build()
          .toByteArray();
    } else if (value instanceof ToldSoFar soFar) {
      return soFar.toByteArray();
    } else if (value instanceof Message.Tell tell) {
      return TellChronicle.newBuilder()
          .addAllMarks(tell.marks())
          .setReplyTo(write(tell.replyTo()))
          .build()
          .toByteArray();
    } else if (value instanceof Message.Heard heard) {
      return ChronicleHeard.newBuilder().addAllTold(heard.told()).build().toByteArray();
    } else if (value instanceof Message.Read read) {
      return ReadChronicle.newBuilder()
          .setAfter(write(read.after()))
          .setMost(read.most())
          .setWaitMillis(read.patience().toMillis())
          .setReplyTo(write(read.replyTo()))
          .build()
          .toByteArray();
    } else if (value instanceof Page page) {
      return ChroniclePage.newBuilder()
          .addAllEntries(page.entries())
          .setHead(write(page.head()))
          .setInJournal(page.inJournal())
          .build()
          .toByteArray();
    }
    throw notOurs(value);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      return switch (manifest) {
        case "T" -> {
          var told = ToldEntries.parseFrom(bytes);
          yield new Told(told.getEntriesList(), told.getTerm());
        }
        case "F" -> ToldSoFar.parseFrom(bytes);
        case "A" -> {
          var tell = TellChronicle.parseFrom(bytes);
          yield new Message.Tell(tell.getMarksList(), read(tell.getReplyTo()));
        }
        case "H" -> new Message.Heard(ChronicleHeard.parseFrom(bytes).getToldList());
        case "R" -> {
          var read = ReadChronicle.parseFrom(bytes);
          yield new Message.Read(
              read(read.getAfter()),
              read.getMost(),
              Duration.ofMillis(read.getWaitMillis()),
              read(read.getReplyTo()));
        }
        case "P" -> {
          var page = ChroniclePage.parseFrom(bytes);
          yield new Page(page.getEntriesList(), read(page.getHead()), page.getInJournal());
        }
        default ->
            throw new NotSerializableException(
                "unknown manifest " + manifest + "; is it from a newer version?");
      };
    } catch (InvalidProtocolBufferException e) {
      throw new NotSerializableException("damaged " + manifest + ": " + e.getMessage());
    }
  }

  private static ChroniclePlace write(Place place) {
    return ChroniclePlace.newBuilder().setEvent(place.event()).setEntry(place.entry()).build();
  }

  private static Place read(ChroniclePlace place) {
    return new Place(place.getEvent(), place.getEntry());
  }

  private String write(ActorRef<?> actor) {
    return resolver().toSerializationFormat(actor);
  }

  private <T> ActorRef<T> read(String actor) {
    return resolver().resolveActorRef(actor);
  }

  private ActorRefResolver resolver() {
    return ActorRefResolver.get(Adapter.toTyped(system));
  }

  private static IllegalArgumentException notOurs(Object value) {
    return new IllegalArgumentException("not ours to serialize: " + value.getClass().getName());
  }
}
