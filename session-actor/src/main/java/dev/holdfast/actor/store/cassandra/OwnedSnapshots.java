package dev.holdfast.actor.store.cassandra;

import com.typesafe.config.Config;
import dev.holdfast.actor.Ownership;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.cassandra.snapshot.CassandraSnapshotStore;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;
import scala.runtime.BoxedUnit;

/** Pekko's snapshots in Cassandra, without those of a replaced owner. */
public final class OwnedSnapshots extends CassandraSnapshotStore {

  /** Called by Pekko. */
  public OwnedSnapshots(Config config, String path) {
    super(config, path);
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
