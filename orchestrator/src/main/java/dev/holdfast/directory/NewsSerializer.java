package dev.holdfast.directory;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.protocol.cluster.v1.Node;
import java.io.NotSerializableException;
import java.time.Instant;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/** What directories tell each other, as protobuf. The manifest N never changes its meaning. */
public final class NewsSerializer extends SerializerWithStringManifest {

  private static final int IDENTIFIER = 7_410_002;
  private static final String MANIFEST = "N";

  private final ExtendedActorSystem system;

  /** Called by Pekko. */
  public NewsSerializer(ExtendedActorSystem system) {
    this.system = system;
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    return MANIFEST;
  }

  @Override
  public byte[] toBinary(Object value) {
    if (value instanceof News.Told told) {
      return dev.holdfast.protocol.cluster.v1.News.newBuilder()
          .setNode(write(told.node()))
          .addAllSessions(told.sessions())
          .setFrom(resolver().toSerializationFormat(told.from()))
          .setAsks(told.asks())
          .build()
          .toByteArray();
    }
    throw new IllegalArgumentException("not ours to serialize: " + value.getClass().getName());
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    if (!manifest.equals(MANIFEST)) {
      throw new NotSerializableException(
          "unknown manifest " + manifest + "; is it from a newer version?");
    }
    try {
      var news = dev.holdfast.protocol.cluster.v1.News.parseFrom(bytes);
      return new News.Told(
          read(news.getNode()),
          news.getSessionsList(),
          resolver().resolveActorRef(news.getFrom()),
          news.getAsks());
    } catch (InvalidProtocolBufferException e) {
      throw new NotSerializableException("damaged news: " + e.getMessage());
    }
  }

  private static Node write(NodeFacts node) {
    return Node.newBuilder()
        .setAddress(node.address())
        .setVersion(node.version())
        .setStartedAtMillis(node.startedAt().toEpochMilli())
        .setPid(node.pid())
        .setJava(node.java())
        .build();
  }

  private static NodeFacts read(Node node) {
    return new NodeFacts(
        node.getAddress(),
        node.getVersion(),
        Instant.ofEpochMilli(node.getStartedAtMillis()),
        node.getPid(),
        node.getJava());
  }

  private ActorRefResolver resolver() {
    return ActorRefResolver.get(Adapter.toTyped(system));
  }
}
