package dev.holdfast.chronicle;

import dev.holdfast.actor.Ownership;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.typed.BackoffSupervisorStrategy;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Lets an actor of a name begin only when it has claimed that name (see {@link Ownership}); what is
 * asked meanwhile waits. One that finds its claim lost throws {@link NotOurs}, and begins again
 * with a new claim after a pause.
 */
public final class Fence {

  private static final int WAITING_MOST = 10_000;
  private static final Duration RESTART_LEAST = Duration.ofMillis(200);
  private static final Duration RESTART_MOST = Duration.ofSeconds(30);
  private static final double RESTART_JITTER = 0.3;

  private Fence() {}

  /** The name is another node's, or that could not be found out. */
  public static final class NotOurs extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NotOurs(String name, Throwable why) {
      super(name + " cannot be claimed: " + why, why);
    }
  }

  /** How an actor begins again after the journal has refused it. */
  public static BackoffSupervisorStrategy again() {
    return SupervisorStrategy.restartWithBackoff(RESTART_LEAST, RESTART_MOST, RESTART_JITTER)
        .withStashCapacity(WAITING_MOST);
  }

  /**
   * The behavior of an actor with a claim.
   *
   * @param known a message that the actor sends itself when it knows
   */
  public static <M> Behavior<M> behind(Ownership ownership, String name, M known, Begin<M> begin) {
    return Behaviors.supervise(
            Behaviors.<M>setup(
                context ->
                    ownership == Ownership.ALONE
                        ? begin.with(context, Ownership.Claim.CERTAIN)
                        : claimed(context, ownership, name, known, begin)))
        .onFailure(NotOurs.class, again());
  }

  /** What begins with a claim. */
  public interface Begin<M> {
    Behavior<M> with(ActorContext<M> context, Ownership.Claim claim);
  }

  private static <M> Behavior<M> claimed(
      ActorContext<M> context, Ownership ownership, String name, M known, Begin<M> begin) {
    var claimed = new AtomicReference<Ownership.Claim>();
    var refused = new AtomicReference<Throwable>();
    context.pipeToSelf(
        ownership.claim(name),
        (claim, failed) -> {
          claimed.set(claim);
          refused.set(failed);
          return known;
        });
    return Behaviors.withStash(
        WAITING_MOST,
        stash ->
            Behaviors.receiveMessage(
                message -> {
                  if (message.equals(known)) {
                    if (claimed.get() == null) {
                      throw new NotOurs(name, refused.get());
                    }
                    return stash.unstashAll(begin.with(context, claimed.get()));
                  }
                  if (!stash.isFull()) {
                    stash.stash(message);
                  }
                  return Behaviors.same();
                }));
  }
}
