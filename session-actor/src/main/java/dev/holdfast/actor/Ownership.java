package dev.holdfast.actor;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Who may speak for a session, where several nodes can believe that they keep it: after a long
 * pause, or in a partition that heals late. Journals of clusters do not refuse a second writer, so:
 *
 * <ol>
 *   <li>an actor takes the session over before it reads one event;
 *   <li>it writes events first, then asks whether the session is still its own, and only then acts
 *       on them or answers.
 * </ol>
 *
 * <p>If the answer is yes, nobody had taken the session over when the events were already written,
 * so whoever takes it over later reads them. If it is no, the actor ends without having let anybody
 * know; what it wrote is discarded by those who read the journal, for its term is lower. Snapshots
 * have no writer by which a reader could tell them apart, so one is stored only after its events
 * were confirmed in the same way ({@link Owned}).
 */
@FunctionalInterface
public interface Ownership {

  /** For a node that is alone: every session is its own. */
  Ownership ALONE = session -> CompletableFuture.completedStage(Claim.CERTAIN);

  /** Takes a session over. Whoever had it finds that theirs does not hold any more. */
  CompletionStage<Claim> claim(String session);

  /** A session that was taken over. */
  interface Claim {

    /** One that nobody can take away. */
    Claim CERTAIN =
        new Claim() {
          @Override
          public long term() {
            return 0;
          }

          @Override
          public CompletionStage<Boolean> holds() {
            return CompletableFuture.completedStage(true);
          }
        };

    /**
     * Higher than that of every earlier claim of this session. It is written beside each event;
     * {@link dev.holdfast.journal.Rightful} tells by it who was replaced.
     */
    long term();

    /**
     * Whether nobody else has taken the session over when this is called. Fails when that cannot be
     * found out; it may be asked again.
     */
    CompletionStage<Boolean> holds();
  }

  /**
   * The state of one on its way to the snapshots: it is taken when its events are written, and to
   * be stored when they are confirmed to be its. Otherwise whoever reads the newest snapshot later
   * would believe events that all others discard.
   */
  record Owned(Object state, Claim claim) {

    /** The state, if the claim holds; fails when it does not. */
    public CompletionStage<Object> confirmed() {
      return claim
          .holds()
          .thenApply(
              ours -> {
                if (!ours) {
                  throw new IllegalStateException("another node has taken the session over");
                }
                return state;
              });
    }
  }
}
