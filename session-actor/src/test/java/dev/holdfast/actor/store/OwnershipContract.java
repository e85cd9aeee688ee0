package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.actor.Ownership;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who owns a session, on a real server. */
public abstract class OwnershipContract {

  private static final Duration REST = Duration.ofSeconds(2);

  /** Of one more node. */
  protected abstract Owners owners() throws IOException;

  @Test
  protected final void theLastClaimHoldsAndNoOther() throws Exception {
    Ownership one = node();
    Ownership other = node();
    var first = get(one.claim("s1"));
    assertTrue(get(first.holds()));
    var second = get(other.claim("s1"));
    assertFalse(get(first.holds()));
    assertTrue(get(second.holds()));
    assertTrue(second.term() > first.term());
    var elsewhere = get(other.claim("s2"));
    assertTrue(get(second.holds()));
    assertTrue(get(elsewhere.holds()));
  }

  @Test
  protected final void ofClaimsAtOneMomentOneHoldsAtTheEnd() throws Exception {
    var claims =
        IntStream.range(0, 5).mapToObj(i -> new CompletableFuture<Ownership.Claim>()).toList();
    for (CompletableFuture<Ownership.Claim> claim : claims) {
      var unused = node().claim("s3").whenComplete((is, failed) -> complete(claim, is, failed));
    }
    int holding = 0;
    for (CompletableFuture<Ownership.Claim> claim : claims) {
      claim.get(60, TimeUnit.SECONDS);
    }
    for (CompletableFuture<Ownership.Claim> claim : claims) {
      holding += get(claim.join().holds()) ? 1 : 0;
    }
    assertEquals(1, holding);
  }

  @Test
  protected final void whoLostASessionLetsTheOtherHaveItForAWhile() throws Exception {
    Ownership one = node();
    var first = get(one.claim("s4"));
    get(node().claim("s4"));
    assertFalse(get(first.holds()));
    long lost = System.nanoTime();
    var again = get(one.claim("s4"));
    assertTrue(System.nanoTime() - lost >= REST.toNanos() * 9 / 10);
    assertTrue(get(again.holds()));
  }

  private static void complete(
      CompletableFuture<Ownership.Claim> to, Ownership.Claim claim, Throwable failed) {
    if (failed == null) {
      to.complete(claim);
    } else {
      to.completeExceptionally(failed);
    }
  }

  private Ownership node() throws IOException {
    return new TableOwnership(owners(), REST);
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
