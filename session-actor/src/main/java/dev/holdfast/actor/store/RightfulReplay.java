package dev.holdfast.actor.store;

import dev.holdfast.journal.Rightful;
import dev.holdfast.journal.Termed;
import org.apache.pekko.persistence.PersistentRepr;
import scala.Function1;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.runtime.BoxedUnit;

/** What a journal replays, without what replaced owners of sessions have written. */
public final class RightfulReplay {

  private final Function1<PersistentRepr, BoxedUnit> to;
  private final Rightful<PersistentRepr> rightful;

  /**
   * @param to gets what is right, in its order
   */
  public RightfulReplay(Function1<PersistentRepr, BoxedUnit> to) {
    this.to = to;
    this.rightful = new Rightful<>(event -> (Termed) event.payload(), event -> to.apply(event));
  }

  /** The next one as it was read. What has no term is Pekko's own, and passed on. */
  public BoxedUnit offer(PersistentRepr event) {
    if (event.payload() instanceof Termed) {
      rightful.offer(event.sequenceNr(), event);
      return BoxedUnit.UNIT;
    }
    return to.apply(event);
  }

  /** Ends when the reading does. */
  public Future<BoxedUnit> after(Future<BoxedUnit> reading, ExecutionContext on) {
    return reading.map(
        done -> {
          rightful.end();
          return done;
        },
        on);
  }
}
