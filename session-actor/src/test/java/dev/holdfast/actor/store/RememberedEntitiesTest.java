package dev.holdfast.actor.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class RememberedEntitiesTest {
  private static final String CLUSTER =
      """
      pekko.actor.provider = cluster
      pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
      pekko.cluster.jmx.multi-mbeans-in-same-jvm = on
      """;
  private static final EntityTypeKey<Ledger.Command> LEDGER =
      EntityTypeKey.create(Ledger.Command.class, "ledger");

  @TempDir Path temporary;

  @Test
  @DisplayName("behaviour 39: after a restart every entity is there without being asked")
  void entitiesComeBackByThemselvesFromTheSameJournal() throws Exception {
    Path data = temporary.resolve("data");
    Set<String> ids = Set.of("one", "two", "three");
    try (Node node = Node.start(data, CLUSTER)) {
      ClusterSharding sharding = joined(node, new LinkedBlockingQueue<>());
      for (String id : ids) {
        Done done =
            Node.await(
                sharding
                    .entityRefFor(LEDGER, id)
                    .ask(
                        replyTo -> new Ledger.Enter(ByteString.fromString(id), replyTo),
                        Node.DEADLINE));
        assertEquals(Done.done(), done);
      }
    }
    try (Node node = Node.start(data, CLUSTER)) {
      BlockingQueue<String> started = new LinkedBlockingQueue<>();
      ClusterSharding sharding = joined(node, started);
      Set<String> back = new TreeSet<>();
      while (!back.equals(ids)) {
        back.add(started.poll(Node.DEADLINE.toSeconds(), TimeUnit.SECONDS));
      }
      String told =
          Node.await(sharding.entityRefFor(LEDGER, "two").ask(Ledger.Tell::new, Node.DEADLINE));
      assertEquals(Ledger.expected(List.of("two".getBytes(UTF_8))), told);
    }
  }

  private static ClusterSharding joined(Node node, BlockingQueue<String> started) {
    Cluster cluster = Cluster.get(node.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    ClusterSharding sharding = ClusterSharding.get(node.system());
    sharding.init(
        Entity.of(
            LEDGER,
            context -> {
              started.add(context.getEntityId());
              return Ledger.of("ledger|" + context.getEntityId());
            }));
    return sharding;
  }
}
