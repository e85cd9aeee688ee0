package dev.holdfast.api;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How a port goes out of service: what is asked from then on is refused at once, what is under way
 * has a moment to end, and what then still waits or streams is told to go elsewhere. Every caller
 * hears {@link Kind#UNAVAILABLE}, and may ask another node for the same.
 */
final class Departure {

  /** For calls that only do something; those that wait or stream do not end by themselves. */
  private static final Duration MOMENT = Duration.ofMillis(500);

  /** For the last answers to get through. */
  private static final Duration LAST = Duration.ofSeconds(2);

  private final Set<ServiceRequestContext> calls = ConcurrentHashMap.newKeySet();
  private volatile boolean begun;

  /** Whether the port takes nothing new any more. */
  boolean hasBegun() {
    return begun;
  }

  /** Notes a call that has arrived; returns whether it is still taken. */
  boolean takes(ServiceRequestContext call) {
    calls.add(call);
    var unused = call.log().whenComplete().thenRun(() -> calls.remove(call));
    return !begun;
  }

  /** Ends everything; takes some seconds at most. */
  void begin() {
    begun = true;
    awaitEnds(MOMENT);
    calls.forEach(call -> call.cancel(refusal()));
    awaitEnds(LAST);
  }

  static Refusal refusal() {
    return Refusal.of(
        Kind.UNAVAILABLE, "the node is stopping", "ask another node, or this one in a moment");
  }

  private void awaitEnds(Duration patience) {
    var ends = calls.stream().map(call -> call.log().whenComplete());
    try {
      CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a log completes without failing", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
