package dev.holdfast.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.protocol.cluster.v1.ChroniclePlace;
import dev.holdfast.protocol.cluster.v1.HookAdded;
import dev.holdfast.protocol.cluster.v1.HookEvent;
import dev.holdfast.protocol.cluster.v1.HookGaveUp;
import dev.holdfast.protocol.cluster.v1.HookReached;
import dev.holdfast.protocol.cluster.v1.HookRecord;
import dev.holdfast.protocol.cluster.v1.HookRemoved;
import dev.holdfast.protocol.cluster.v1.HookRetried;
import dev.holdfast.protocol.cluster.v1.HookSettled;
import dev.holdfast.protocol.v1.FailedDelivery;
import dev.holdfast.protocol.v1.Webhook;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What becomes of webhooks, event by event. */
class StateTest {

  private State state = State.NONE.evolve(added("a"));

  @Test
  void whatIsGivenUpIsKeptUpToABoundAndCountedBeyondIt() {
    for (int i = 1; i <= State.FAILED_KEPT + 3; i++) {
      state = state.evolve(gaveUp(i));
    }
    HookRecord hook = state.find("a").orElseThrow();
    assertEquals(State.FAILED_KEPT, hook.getFailedCount());
    assertEquals(4, hook.getFailed(0).getNumber());
    assertEquals(3, hook.getWebhook().getDropped());
    assertEquals(State.FAILED_KEPT + 3, hook.getReached().getEvent());
    assertEquals(state, State.read(state.write()));
  }

  @Test
  void aFailedDeliveryThatIsMadeAgainLeavesTheListOrStays() {
    state = state.evolve(gaveUp(1)).evolve(gaveUp(2));
    state =
        state.evolve(
            event("a").setRetried(HookRetried.newBuilder().addNumbers(1).addNumbers(2)).build());
    assertTrue(failed().stream().allMatch(FailedDelivery::getRetrying));
    state = state.evolve(event("a").setSettled(HookSettled.newBuilder().setNumber(1)).build());
    state =
        state.evolve(
            event("a")
                .setSettled(
                    HookSettled.newBuilder()
                        .setNumber(2)
                        .setFailed(FailedDelivery.newBuilder().setNumber(2).setAttempts(7)))
                .build());
    assertEquals(List.of(7), failed().stream().map(FailedDelivery::getAttempts).toList());
  }

  @Test
  void aReplacedWriterChangesNothing() {
    state = state.evolve(event("b").setTerm(5).setAdded(HookAdded.getDefaultInstance()).build());
    assertEquals(
        state,
        state.evolve(event("a").setTerm(4).setRemoved(HookRemoved.getDefaultInstance()).build()));
    state =
        state.evolve(event("a").setTerm(5).setRemoved(HookRemoved.getDefaultInstance()).build());
    assertTrue(state.find("a").isEmpty());
    var late = HookReached.newBuilder().setPlace(ChroniclePlace.newBuilder().setEvent(9));
    assertEquals(state, state.evolve(event("a").setTerm(5).setReached(late).build()));
  }

  @Test
  void pausesGrowToABoundAndAreShortenedByChance() {
    var delivery =
        new Delivery(9, Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(1));
    var random = new Random(7);
    for (int failed = 1; failed < 70; failed++) {
      long most = failed == 1 ? 1_000 : failed == 2 ? 2_000 : failed == 3 ? 4_000 : 5_000;
      long pause = delivery.pause(failed, random).toMillis();
      assertTrue(pause >= most / 2 && pause <= most, failed + ": " + pause);
    }
  }

  @Test
  void aSecretIsTheWebhooksOwn() {
    var keys = new Keys("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    var others = new Keys("1123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    assertEquals(keys.secret("t", "a"), keys.secret("t", "a"));
    assertNotEquals(keys.secret("t", "a"), keys.secret("t", "b"));
    assertNotEquals(keys.secret("t", "a"), keys.secret("u", "a"));
    assertNotEquals(keys.secret("t", "a"), others.secret("t", "a"));
    assertNotEquals(keys.print(), others.print());
  }

  private List<FailedDelivery> failed() {
    return state.find("a").orElseThrow().getFailedList();
  }

  private static HookEvent.Builder event(String hook) {
    return HookEvent.newBuilder().setHook(hook);
  }

  private static HookEvent added(String hook) {
    return event(hook)
        .setAdded(HookAdded.newBuilder().setWebhook(Webhook.newBuilder().setId(hook)))
        .build();
  }

  private static HookEvent gaveUp(int number) {
    return event("a")
        .setGaveUp(
            HookGaveUp.newBuilder()
                .setPlace(ChroniclePlace.newBuilder().setEvent(number))
                .setDelivery(FailedDelivery.newBuilder().setNumber(number)))
        .build();
  }
}
