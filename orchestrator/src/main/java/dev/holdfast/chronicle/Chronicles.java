package dev.holdfast.chronicle;

import dev.holdfast.actor.Ownership;
import dev.holdfast.journal.Rightful;
import dev.holdfast.protocol.cluster.v1.SessionMark;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.persistence.query.EventEnvelope;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.stream.javadsl.Sink;

/** The chronicles of all tenants, wherever each is kept. */
public final class Chronicles {

  private static final EntityTypeKey<Message> TYPE =
      EntityTypeKey.create(Message.class, "Chronicle");
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final ActorSystem<?> system;
  private final ClusterSharding sharding;
  private final CurrentEventsByPersistenceIdQuery journal;

  private Chronicles(
      ActorSystem<?> system, ClusterSharding sharding, CurrentEventsByPersistenceIdQuery journal) {
    this.system = system;
    this.sharding = sharding;
    this.journal = journal;
  }

  /**
   * Begins to keep chronicles on this node.
   *
   * @param journal where they are, and are read from
   */
  public static Chronicles start(
      ActorSystem<?> system,
      Ownership ownership,
      Histories histories,
      CurrentEventsByPersistenceIdQuery journal) {
    ClusterSharding sharding = ClusterSharding.get(system);
    sharding.init(
        Entity.of(
            TYPE, entity -> Chronicle.create(id(entity.getEntityId()), ownership, histories)));
    return new Chronicles(system, sharding, journal);
  }

  private static PersistenceId id(String tenant) {
    return PersistenceId.of(TYPE.name(), tenant);
  }

  /** Says how far sessions are safe; answers how far each of them is told. */
  CompletionStage<List<SessionMark>> tell(String tenant, List<SessionMark> marks) {
    return sharding
        .entityRefFor(TYPE, tenant)
        .<Message.Heard>ask(replyTo -> new Message.Tell(marks, replyTo), ANSWER)
        .thenApply(Message.Heard::told);
  }

  /**
   * Entries after a place, at most so many; when there are none, waits for some. A place that lies
   * beyond the head of the page that comes was given by another chronicle.
   *
   * <p>The stage fails when no node answers in time; it is safe to ask again.
   */
  public CompletionStage<Page> read(String tenant, Place after, int most, Duration wait) {
    return sharding
        .entityRefFor(TYPE, tenant)
        .<Page>ask(replyTo -> new Message.Read(after, most, wait, replyTo), wait.plus(ANSWER))
        .thenCompose(
            page ->
                page.inJournal()
                    ? old(tenant, after, most, page.head())
                    : CompletableFuture.completedStage(page));
  }

  /** The place behind all that is told by now. */
  public CompletionStage<Place> head(String tenant) {
    return read(tenant, new Place(Long.MAX_VALUE, 0), 1, Duration.ZERO).thenApply(Page::head);
  }

  /** Begins with the event before, because its term tells which of the next are right. */
  private CompletionStage<Page> old(String tenant, Place after, int most, Place head) {
    var found = new ArrayList<HistoryEntry>();
    var rightful =
        new Rightful<EventEnvelope>(
            envelope -> (Told) envelope.event(),
            envelope ->
                ((Told) envelope.event())
                    .placed(envelope.sequenceNr()).stream()
                        .filter(entry -> Recent.place(entry).compareTo(after) > 0)
                        .limit(Math.max(0, most - found.size()))
                        .forEach(found::add));
    return journal
        .currentEventsByPersistenceId(
            id(tenant).id(), Math.max(1, after.event() - 1), head.event() - 1)
        .takeWhile(
            envelope -> {
              rightful.offer(envelope.sequenceNr(), envelope);
              return found.size() < most;
            })
        .runWith(Sink.ignore(), system)
        .thenApply(
            done -> {
              rightful.end();
              return new Page(List.copyOf(found), head, false);
            });
  }
}
