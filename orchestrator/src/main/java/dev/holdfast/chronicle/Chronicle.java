package dev.holdfast.chronicle;

import dev.holdfast.actor.Ownership;
import dev.holdfast.protocol.cluster.v1.SessionMark;
import dev.holdfast.protocol.cluster.v1.ToldSoFar;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * All that happens to the sessions of one tenant, in one order: a journal of its own, beside those
 * of the sessions and never in their way.
 *
 * <p>What it is told is only that a session's events are safe up to a number. It reads them from
 * the session's journal itself, from where it had got to, and writes them down once more as the
 * next of its own; so a mark that is lost, doubled, late or out of order does no harm, and what
 * happened while no chronicle was running is caught up with the next mark. One round takes at most
 * {@value #ROUND} entries; sessions change in the meantime, and are told together in the next.
 *
 * <p>Its order never changes and has no gap, on every kind of store: there is one writer, whose
 * events are numbered by the journal. Where another node might believe that it is that writer, the
 * same two steps as in a session keep them apart (see {@link Ownership}); readers hear of entries
 * only after that.
 */
final class Chronicle extends EventSourcedBehavior<Message, Told, SoFar> {

  private static final int ROUND = 200;

  /** Characters of a detail that are told; the session's own history has all of it. */
  private static final int DETAIL = 500;

  private static final int MARKS_WAITING = 100;
  private static final int SNAPSHOT_EVERY = 500;
  private static final int SNAPSHOTS_KEPT = 2;
  private static final int UNCONFIRMED_MOST = 5;

  private final ActorContext<Message> context;
  private final TimerScheduler<Message> timers;
  private final Histories histories;
  private final Ownership.Claim claim;
  private final Queue<Message.Tell> waiting = new ArrayDeque<>();
  private Optional<Recent> recent = Optional.empty();
  private Optional<Message.Tell> round = Optional.empty();
  private Optional<Told> written = Optional.empty();
  private int unconfirmed;

  static Behavior<Message> create(PersistenceId id, Ownership ownership, Histories histories) {
    return Fence.behind(
        ownership,
        id.id(),
        new Message.Claimed(),
        (context, claim) ->
            Behaviors.withTimers(timers -> new Chronicle(id, context, timers, histories, claim)));
  }

  private Chronicle(
      PersistenceId id,
      ActorContext<Message> context,
      TimerScheduler<Message> timers,
      Histories histories,
      Ownership.Claim claim) {
    super(id, Fence.again());
    this.context = context;
    this.timers = timers;
    this.histories = histories;
    this.claim = claim;
  }

  @Override
  public SoFar emptyState() {
    return new SoFar();
  }

  @Override
  public CommandHandler<Message, Told, SoFar> commandHandler() {
    return (soFar, message) -> {
      if (message instanceof Message.Read read) {
        recent().read(read);
      } else if (message instanceof Message.TimeUp up) {
        recent().timeUp(up.reader());
      } else if (message instanceof Message.Tell tell) {
        if (waiting.size() < MARKS_WAITING) {
          waiting.add(tell);
        }
        next(soFar);
      } else if (message instanceof Message.Collected collected) {
        return write(soFar, collected.entries());
      } else if (message instanceof Message.NotCollected not) {
        context.getLog().warn("sessions could not be read for the chronicle: {}", not.why(), not);
        endRound(soFar);
      } else if (message instanceof Message.Confirmed confirmed) {
        confirm(soFar, confirmed.ours());
      } else if (message instanceof Message.NotConfirmed not) {
        if (++unconfirmed >= UNCONFIRMED_MOST) {
          throw new Fence.NotOurs(persistenceId().id(), not.why());
        }
        askWhetherOurs();
      }
      return Effect().none();
    };
  }

  private Recent recent() {
    if (recent.isEmpty()) {
      recent = Optional.of(new Recent(timers, Place.behind(lastSequenceNumber(context))));
    }
    return recent.get();
  }

  /** Begins a round, unless one is under way. */
  private void next(SoFar soFar) {
    while (round.isEmpty() && !waiting.isEmpty()) {
      Message.Tell tell = waiting.remove();
      List<SessionMark> owed = tell.marks().stream().filter(soFar::owes).toList();
      if (owed.isEmpty()) {
        answer(soFar, tell);
      } else {
        recent();
        round = Optional.of(tell);
        context.pipeToSelf(
            collect(soFar, owed),
            (entries, failed) ->
                failed == null ? new Message.Collected(entries) : new Message.NotCollected(failed));
      }
    }
  }

  /** One session after the other, until the round is full. */
  private CompletionStage<List<HistoryEntry>> collect(SoFar soFar, List<SessionMark> owed) {
    CompletionStage<List<HistoryEntry>> all = CompletableFuture.completedStage(new ArrayList<>());
    for (SessionMark mark : owed) {
      long from = soFar.of(mark.getSession());
      all =
          all.thenCompose(
              found ->
                  found.size() >= ROUND
                      ? CompletableFuture.completedStage(found)
                      : histories
                          .read(mark.getSession(), from, ROUND - found.size())
                          .thenApply(entries -> with(found, entries, mark.getNumber())));
    }
    return all;
  }

  /** What lies beyond the mark is not known to be true yet. */
  private static List<HistoryEntry> with(
      List<HistoryEntry> found, List<HistoryEntry> entries, long upTo) {
    entries.stream()
        .filter(entry -> entry.getNumber() <= upTo)
        .map(Chronicle::bounded)
        .forEach(found::add);
    return found;
  }

  private static HistoryEntry bounded(HistoryEntry entry) {
    String detail = entry.getDetail();
    return detail.codePointCount(0, detail.length()) <= DETAIL
        ? entry
        : entry.toBuilder()
            .setDetail(detail.substring(0, detail.offsetByCodePoints(0, DETAIL)))
            .build();
  }

  private Effect<Told, SoFar> write(SoFar soFar, List<HistoryEntry> entries) {
    if (entries.isEmpty()) {
      endRound(soFar);
      return Effect().none();
    }
    var told = new Told(entries, claim.term());
    return Effect()
        .persist(told)
        .thenRun(
            after -> {
              written = Optional.of(told);
              unconfirmed = 0;
              if (claim == Ownership.Claim.CERTAIN) {
                confirm(after, true);
              } else {
                askWhetherOurs();
              }
            });
  }

  private void askWhetherOurs() {
    context.pipeToSelf(
        claim.holds(),
        (ours, failed) ->
            failed == null ? new Message.Confirmed(ours) : new Message.NotConfirmed(failed));
  }

  private void confirm(SoFar soFar, boolean ours) {
    if (!ours) {
      throw new Fence.NotOurs(
          persistenceId().id(), new IllegalStateException("another node has taken it over"));
    }
    written.ifPresent(told -> recent().add(told, lastSequenceNumber(context)));
    written = Optional.empty();
    endRound(soFar);
  }

  private void endRound(SoFar soFar) {
    round.ifPresent(tell -> answer(soFar, tell));
    round = Optional.empty();
    next(soFar);
  }

  private static void answer(SoFar soFar, Message.Tell tell) {
    tell.replyTo().tell(new Message.Heard(tell.marks().stream().map(soFar::told).toList()));
  }

  @Override
  public EventHandler<SoFar, Told> eventHandler() {
    return (soFar, told) -> {
      // One of a lower term is of a writer that had been replaced when it wrote this.
      if (told.term() >= soFar.term()) {
        soFar.note(told);
      }
      return soFar;
    };
  }

  @Override
  public SignalHandler<SoFar> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(
            RecoveryCompleted.instance(),
            soFar -> {
              // After a write that failed the same object begins again.
              waiting.clear();
              round = Optional.empty();
              written = Optional.empty();
              recent = Optional.empty();
            })
        .build();
  }

  @Override
  public SnapshotAdapter<SoFar> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(SoFar soFar) {
        ToldSoFar now = soFar.write();
        return claim == Ownership.Claim.CERTAIN ? now : new Ownership.Owned(now, claim);
      }

      @Override
      public SoFar fromJournal(Object stored) {
        return SoFar.read((ToldSoFar) stored);
      }
    };
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(SNAPSHOT_EVERY, SNAPSHOTS_KEPT);
  }
}
