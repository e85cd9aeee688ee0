package dev.holdfast.actor.store.cassandra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.uuid.Uuids;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OneCassandra;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(300)
@ExtendWith(OneCassandra.class)
final class ClusterRegisterTest {
  private CqlSession cql;
  private ClusterRegister register;

  @BeforeEach
  void makeTables(CassandraNode node) throws IOException {
    var settings = Given.settings(node, "register_test");
    cql = CassandraClient.connect(settings);
    new Schema(cql, settings.keyspace()).apply(CassandraRing.DATACENTER, 1, line -> {});
    register = new ClusterRegister(cql, settings.keyspace());
  }

  @AfterEach
  void close() {
    cql.close();
  }

  @Test
  void ofTwoWhoBeginAClusterOneDoes() throws Exception {
    Optional<UUID> before = get(register.founding());
    UUID one = Uuids.timeBased();
    UUID other = Uuids.timeBased();
    assertTrue(get(register.found(before, one, "a:1")));
    assertFalse(get(register.found(before, other, "b:1")));
    assertEquals(Optional.of(one), get(register.founding()));
    assertTrue(get(register.found(Optional.of(one), other, "b:1")));
    assertEquals(Optional.of(other), get(register.founding()));
  }

  @Test
  void aNodeIsUpUntilItsSignatureExpiresOrItSignsOff() throws Exception {
    get(register.sign("a:1", Duration.ofMinutes(5)));
    get(register.sign("b:1", Duration.ofMinutes(5)));
    get(register.sign("c:1", Duration.ofSeconds(1)));
    get(register.strike("b:1"));
    long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!get(register.nodes()).equals(Set.of("a:1"))) {
      assertTrue(System.nanoTime() < until, get(register.nodes()).toString());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
