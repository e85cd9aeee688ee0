package dev.holdfast.actor.store.cassandra;

import dev.holdfast.actor.Sessions;
import dev.holdfast.actor.store.EmbeddedEvents;
import dev.holdfast.actor.store.EmbeddedEvents.Numbered;
import dev.holdfast.actor.store.RawEvent;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.Props;
import org.apache.pekko.persistence.AbstractPersistentActor;
import org.apache.pekko.persistence.Recovery;
import org.apache.pekko.persistence.RecoveryCompleted;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.journal.Tagged;
import scala.Option;

/**
 * Writes the events of one session that Cassandra does not have yet, through Pekko's own plugin.
 * Their numbers stay: it goes on after the highest that is there.
 *
 * <p>It lives as long as the migration: the plugin throws tags away that it has not written when
 * their actor ends.
 */
final class MovedSession extends AbstractPersistentActor {

  /** So many events are read, and written, at once. */
  private static final int BATCH = 100;

  private final EmbeddedEvents source;
  private final String session;
  private final long there;
  private final CompletableFuture<Long> done;

  private MovedSession(
      EmbeddedEvents source, String session, long there, CompletableFuture<Long> done) {
    this.source = source;
    this.session = session;
    this.there = there;
    this.done = done;
  }

  /**
   * @param there how many events Cassandra has; if it has others by then, nothing is written
   * @param done completes with the number of events that it has in the end
   */
  static Props props(
      EmbeddedEvents source, String session, long there, CompletableFuture<Long> done) {
    return Props.create(MovedSession.class, () -> new MovedSession(source, session, there, done));
  }

  @Override
  public String persistenceId() {
    return Sessions.persistenceId(session).id();
  }

  /**
   * All events that are there are read again, because that is when the plugin writes those tags
   * that a writer left out when it was killed.
   */
  @Override
  public Recovery recovery() {
    return Recovery.create(SnapshotSelectionCriteria.none());
  }

  @Override
  public Receive createReceiveRecover() {
    return receiveBuilder()
        .match(RawEvent.class, known -> {})
        .match(RecoveryCompleted.class, completed -> begin())
        .build();
  }

  @Override
  public Receive createReceive() {
    return receiveBuilder().matchEquals(Go.GO, go -> next()).build();
  }

  private enum Go {
    GO
  }

  private void begin() {
    if (lastSequenceNr() == there) {
      self().tell(Go.GO, self());
    } else {
      fail(new IOException("somebody else writes session " + session + "; is a node running?"));
    }
  }

  private void next() throws IOException {
    List<Numbered> batch = source.read(session, lastSequenceNr(), BATCH);
    if (batch.isEmpty()) {
      done.complete(lastSequenceNr());
      return;
    }
    persistAll(batch.stream().map(MovedSession::tagged).toList(), written -> {});
    defer(Go.GO, all -> self().tell(Go.GO, self()));
  }

  private static Object tagged(Numbered numbered) {
    return numbered.tags().isEmpty()
        ? numbered.event()
        : new Tagged(
            numbered.event(),
            scala.jdk.javaapi.CollectionConverters.asScala(numbered.tags()).toSet());
  }

  @Override
  public void onRecoveryFailure(Throwable cause, Option<Object> event) {
    fail(cause);
  }

  @Override
  public void onPersistFailure(Throwable cause, Object event, long number) {
    fail(cause);
  }

  @Override
  public void onPersistRejected(Throwable cause, Object event, long number) {
    fail(cause);
    context().stop(self());
  }

  @Override
  public void postStop() {
    fail(new IOException("session " + session + " was not brought over"));
  }

  private void fail(Throwable cause) {
    done.completeExceptionally(cause);
  }
}
