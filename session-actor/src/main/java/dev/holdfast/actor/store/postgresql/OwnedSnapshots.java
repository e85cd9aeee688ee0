package dev.holdfast.actor.store.postgresql;

import com.typesafe.config.Config;
import dev.holdfast.actor.Ownership;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.jdbc.snapshot.JdbcSnapshotStore;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;
import scala.runtime.BoxedUnit;

/** Pekko's snapshots in PostgreSQL, without those of a replaced owner. */
public final class OwnedSnapshots extends JdbcSnapshotStore {

  /** Called by Pekko. */
  public OwnedSnapshots(Config config) {
    super(config);
  }

  @Override
  public Future<BoxedUnit> saveAsync(SnapshotMetadata metadata, Object snapshot) {
    if (!(snapshot instanceof Ownership.Owned owned)) {
      return super.saveAsync(metadata, snapshot);
    }
    return FutureConverters.asScala(owned.confirmed())
        .flatMap(session -> super.saveAsync(metadata, session), ec());
  }
}
