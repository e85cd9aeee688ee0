package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.uuid.Uuids;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which cluster there is, on a real server. */
@Timeout(300)
public abstract class ClusterRegisterContract {
  private ClusterRegister register;

  /** On tables that are the test's alone. */
  protected abstract ClusterRegister open() throws IOException;

  @BeforeEach
  protected final void openRegister() throws IOException {
    register = open();
  }

  @Test
  protected final void ofTwoWhoBeginAClusterOneDoes() throws Exception {
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
  protected final void aNodeIsUpUntilItsSignatureExpiresOrItSignsOff() throws Exception {
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
