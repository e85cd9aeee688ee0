package dev.holdfast.actor.store.cassandra;

import com.typesafe.config.Config;
import dev.holdfast.actor.Ownership;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.cassandra.snapshot.CassandraSnapshotStore;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;
import scala.runtime.BoxedUnit;

/**
 * Pekko's snapshots in Cassandra, without those of a replaced owner: a snapshot is taken when its
 * events are written, and stored when they are confirmed to be the session's. Otherwise whoever
 * reads the newest snapshot later would believe events that all others discard.
 */
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
    return FutureConverters.asScala(owned.claim().holds().thenAccept(OwnedSnapshots::refuseUnless))
        .flatMap(ours -> super.saveAsync(metadata, owned.session()), ec());
  }

  private static void refuseUnless(boolean ours) {
    if (!ours) {
      throw new IllegalStateException("another node has taken the session over");
    }
  }
}
