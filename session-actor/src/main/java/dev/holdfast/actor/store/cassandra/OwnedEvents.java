package dev.holdfast.actor.store.cassandra;

import com.typesafe.config.Config;
import dev.holdfast.journal.Entry;
import dev.holdfast.journal.Rightful;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.cassandra.journal.CassandraJournal;
import scala.Function1;
import scala.concurrent.Future;
import scala.runtime.BoxedUnit;

/** Pekko's journal in Cassandra, without what replaced owners of sessions have written. */
public final class OwnedEvents extends CassandraJournal {

  /** Called by Pekko. */
  public OwnedEvents(Config config, String path) {
    super(config, path);
  }

  @Override
  public Future<BoxedUnit> asyncReplayMessages(
      String persistenceId,
      long from,
      long to,
      long most,
      Function1<PersistentRepr, BoxedUnit> replay) {
    var rightful =
        new Rightful<PersistentRepr>(
            event -> (Entry) event.payload(), event -> replay.apply(event));
    return super.asyncReplayMessages(
            persistenceId, from, to, most, event -> offer(event, rightful, replay))
        .map(
            done -> {
              rightful.end();
              return done;
            },
            context().dispatcher());
  }

  /** What is not a session's is Pekko's own, and none of our business. */
  private static BoxedUnit offer(
      PersistentRepr event,
      Rightful<PersistentRepr> rightful,
      Function1<PersistentRepr, BoxedUnit> replay) {
    if (event.payload() instanceof Entry) {
      rightful.offer(event.sequenceNr(), event);
      return BoxedUnit.UNIT;
    }
    return replay.apply(event);
  }
}
