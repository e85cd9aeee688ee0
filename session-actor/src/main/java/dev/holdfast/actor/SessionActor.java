package dev.holdfast.actor;

import dev.holdfast.journal.Entry;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Command;
import dev.holdfast.session.Decision;
import dev.holdfast.session.Event;
import dev.holdfast.session.New;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandlerWithReply;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehaviorWithEnforcedReplies;
import org.apache.pekko.persistence.typed.javadsl.ReplyEffect;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * One session as a persistent actor: decide, write, perform, reply, in that order and fixed here
 * once. It is the only place that waits, writes or times, and it decides nothing about sessions
 * itself.
 *
 * <p>Where another node might take the session over, two steps are added ({@link Ownership}): the
 * session is claimed before its events are read, and between writing and performing the claim is
 * confirmed; what arrives meanwhile waits.
 *
 * <p>What is asked during recovery is delivered before the {@link Command.Wake} that the actor
 * sends itself at its end; it is stashed until then, because only Wake gives up the links of the
 * last owner.
 */
public final class SessionActor
    extends EventSourcedBehaviorWithEnforcedReplies<Message, Entry, Session> {

  private static final Duration RESTART_LEAST = Duration.ofMillis(500);
  private static final Duration RESTART_MOST = Duration.ofSeconds(30);
  private static final double RESTART_JITTER = 0.3;
  private static final int SNAPSHOTS_KEPT = 2;
  private static final int WAITING_MOST = 1_000;

  /** Of a session that nobody has kept before. */
  private static final long FIRST_TERM = 1;

  /** After so many questions about the claim without an answer the actor starts again. */
  private static final int UNCONFIRMED_MOST = 5;

  private final ActorContext<Message> context;
  private final ActorRef<ClusterSharding.ShardCommand> shard;
  private final Surroundings around;
  private final Hands hands;
  private final Idleness idleness;
  private final ActorRef<Answer> nobody;
  private final Ownership.Claim claim;
  private boolean asleep = true;
  private Optional<Written> written = Optional.empty();
  private int unconfirmed;

  /** What is safe in the journal, and not yet told to anybody. */
  private record Written(Decision decision, ActorRef<Answer> replyTo) {}

  /** The behavior of the session with this id, in this shard. */
  public static Behavior<Message> create(
      PersistenceId id, ActorRef<ClusterSharding.ShardCommand> shard, Surroundings around) {
    return Behaviors.supervise(
            Behaviors.<Message>setup(
                context ->
                    Behaviors.withTimers(
                        timers ->
                            claimed(
                                id,
                                context,
                                around,
                                claim ->
                                    new SessionActor(
                                        id,
                                        context,
                                        shard,
                                        around,
                                        new Hands(context, timers, around),
                                        new Idleness(
                                            timers, around, context.getSystem().ignoreRef()),
                                        claim)))))
        .onFailure(
            NotOurs.class,
            SupervisorStrategy.restartWithBackoff(RESTART_LEAST, RESTART_MOST, RESTART_JITTER)
                .withStashCapacity(WAITING_MOST));
  }

  /** The session is another node's, or that could not be found out. */
  private static final class NotOurs extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotOurs(String session, Throwable why) {
      super("session " + session + " cannot be claimed: " + why, why);
    }
  }

  /**
   * Takes the session over, and then does what {@code then} says; what is asked meanwhile waits.
   */
  private static Behavior<Message> claimed(
      PersistenceId id,
      ActorContext<Message> context,
      Surroundings around,
      Function<Ownership.Claim, Behavior<Message>> then) {
    if (around.ownership() == Ownership.ALONE) {
      return then.apply(Ownership.Claim.CERTAIN);
    }
    context.pipeToSelf(
        around.ownership().claim(id.entityId()),
        (claim, failed) ->
            failed == null ? new Message.Claimed(claim) : new Message.NotClaimed(failed));
    return Behaviors.withStash(
        WAITING_MOST,
        waiting ->
            Behaviors.receiveMessage(
                message -> {
                  if (message instanceof Message.Claimed mine) {
                    if (mine.claim().term() > FIRST_TERM) {
                      around.watcher().takenOver(id.entityId());
                    }
                    return waiting.unstashAll(then.apply(mine.claim()));
                  } else if (message instanceof Message.NotClaimed not) {
                    throw new NotOurs(id.entityId(), not.why());
                  }
                  if (!waiting.isFull()) {
                    waiting.stash(message);
                  }
                  return Behaviors.same();
                }));
  }

  private SessionActor(
      PersistenceId id,
      ActorContext<Message> context,
      ActorRef<ClusterSharding.ShardCommand> shard,
      Surroundings around,
      Hands hands,
      Idleness idleness,
      Ownership.Claim claim) {
    super(
        id,
        SupervisorStrategy.restartWithBackoff(RESTART_LEAST, RESTART_MOST, RESTART_JITTER)
            .withStashCapacity(WAITING_MOST));
    this.context = context;
    this.shard = shard;
    this.around = around;
    this.hands = hands;
    this.idleness = idleness;
    this.claim = claim;
    this.nobody = context.getSystem().ignoreRef();
  }

  @Override
  public Session emptyState() {
    return new New();
  }

  @Override
  public CommandHandlerWithReply<Message, Entry, Session> commandHandler() {
    return (session, message) -> {
      if (written.isPresent()) {
        return confirm(session, message);
      } else if (message instanceof Message.Ask ask) {
        return asked(session, ask);
      } else if (message instanceof Message.Reported reported) {
        return reported(session, reported);
      } else if (message instanceof Message.Again again) {
        hands.again(session, again);
        return Effect().noReply();
      }
      // An answer about a claim that nobody waits for any more is no reason to leave.
      if (message instanceof Message.Unused) {
        shard.tell(new ClusterSharding.Passivate<>(context.getSelf()));
      }
      return Effect().noReply();
    };
  }

  private ReplyEffect<Entry, Session> asked(Session session, Message.Ask ask) {
    if (asleep && !(ask.command() instanceof Command.Wake)) {
      return Effect().stash();
    }
    asleep = false;
    return carryOut(session, ask.command(), ask.by(), ask.replyTo());
  }

  private ReplyEffect<Entry, Session> reported(Session session, Message.Reported reported) {
    if (!hands.isCurrent(reported)) {
      return Effect().noReply();
    }
    boolean wasUp = hands.note(reported.report());
    Optional<Command> command = Reports.command(reported.epoch(), reported.report(), wasUp);
    return command.isPresent()
        ? carryOut(session, command.get(), around.self(), nobody)
        : Effect().noReply();
  }

  private ReplyEffect<Entry, Session> carryOut(
      Session session, Command command, Origin by, ActorRef<Answer> replyTo) {
    Instant now = around.clock().instant();
    Decision decision = command.decide(session, now);
    List<Entry> entries =
        decision.events().stream().map(event -> new Entry(now, by, claim.term(), event)).toList();
    if (entries.isEmpty() || claim == Ownership.Claim.CERTAIN) {
      return Effect()
          .persist(entries)
          .thenRun((Session after) -> perform(after, decision))
          .thenReply(replyTo, after -> new Answer(decision.reply(), after))
          .thenUnstashAll();
    }
    return Effect()
        .persist(entries)
        .thenRun(
            after -> {
              written = Optional.of(new Written(decision, replyTo));
              unconfirmed = 0;
              askWhetherOurs();
            })
        .thenNoReply();
  }

  private void askWhetherOurs() {
    context.pipeToSelf(
        claim.holds(),
        (ours, failed) ->
            failed == null ? new Message.Confirmed(ours) : new Message.NotConfirmed(failed));
  }

  /** The step between writing and performing: nothing else is heard until it is done. */
  private ReplyEffect<Entry, Session> confirm(Session session, Message message) {
    if (message instanceof Message.Confirmed confirmed) {
      if (!confirmed.ours()) {
        context
            .getLog()
            .warn(
                "another node has taken session {} over; what was written last is not told to anybody",
                session.core().id());
        around.watcher().replaced(session.core().id());
        hands.hangUp();
        throw new NotOurs(session.core().id(), new IllegalStateException("it was taken over"));
      }
      Written safe = written.orElseThrow();
      written = Optional.empty();
      return Effect()
          .none()
          .thenRun((Session after) -> perform(after, safe.decision()))
          .thenReply(safe.replyTo(), after -> new Answer(safe.decision().reply(), after))
          .thenUnstashAll();
    } else if (message instanceof Message.NotConfirmed not) {
      unconfirmed++;
      if (unconfirmed >= UNCONFIRMED_MOST) {
        throw new NotOurs(session.core().id(), not.why());
      }
      askWhetherOurs();
      return Effect().noReply();
    }
    return Effect().stash();
  }

  private void perform(Session after, Decision decision) {
    decision.actions().forEach(action -> hands.perform(after, action));
    around.watcher().happened(after, decision.events());
    around.watcher().changed(after);
    idleness.of(after, !decision.events().isEmpty() || !decision.actions().isEmpty());
    restWhenDone(after);
  }

  /** A session that is over, or never was, needs no actor, and is not remembered by its shard. */
  private void restWhenDone(Session session) {
    if (session instanceof New || session instanceof Closed) {
      context.setReceiveTimeout(around.settings().unusedAfter(), new Message.Unused());
    } else {
      context.cancelReceiveTimeout();
    }
  }

  @Override
  public EventHandler<Session, Entry> eventHandler() {
    return (session, entry) -> {
      if (entry.term() < session.core().term()) {
        // Of an owner that had been replaced when it wrote this, and beyond all that its successor
        // did.
        return session;
      }
      Session after = entry.event().evolve(session, entry.at());
      return after.with(after.core().term(entry.term()));
    };
  }

  @Override
  public SignalHandler<Session> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(
            RecoveryCompleted.instance(),
            session -> {
              asleep = true;
              written = Optional.empty();
              context.getSelf().tell(new Message.Ask(new Command.Wake(), around.self(), nobody));
            })
        .onSignal(PreRestart.instance(), session -> hands.hangUp())
        .onSignal(
            PostStop.instance(),
            session -> {
              hands.hangUp();
              around.watcher().left(session.core().id());
            })
        .build();
  }

  @Override
  public Set<String> tagsFor(Entry entry) {
    if (entry.event() instanceof Event.Requested) {
      return Set.of(Sessions.OPENED_TAG);
    }
    return entry.event() instanceof Event.SessionClosed ? Set.of(Sessions.CLOSED_TAG) : Set.of();
  }

  @Override
  public SnapshotAdapter<Session> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(Session session) {
        return claim == Ownership.Claim.CERTAIN ? session : new Ownership.Owned(session, claim);
      }

      @Override
      public Session fromJournal(Object stored) {
        return (Session) stored;
      }
    };
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(around.settings().snapshotEvery(), SNAPSHOTS_KEPT);
  }
}
