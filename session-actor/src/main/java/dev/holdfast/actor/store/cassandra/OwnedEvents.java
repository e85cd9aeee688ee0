package dev.holdfast.actor.store.cassandra;

import com.typesafe.config.Config;
import dev.holdfast.actor.store.RightfulReplay;
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
    var rightful = new RightfulReplay(replay);
    return rightful.after(
        super.asyncReplayMessages(persistenceId, from, to, most, rightful::offer),
        context().dispatcher());
  }
}
