package dev.holdfast.webhook;

import com.google.protobuf.Timestamp;
import dev.holdfast.actor.Ownership;
import dev.holdfast.chronicle.Chronicles;
import dev.holdfast.chronicle.Fence;
import dev.holdfast.chronicle.Place;
import dev.holdfast.protocol.cluster.v1.ChroniclePlace;
import dev.holdfast.protocol.cluster.v1.HookEvent;
import dev.holdfast.protocol.cluster.v1.HookGaveUp;
import dev.holdfast.protocol.cluster.v1.HookReached;
import dev.holdfast.protocol.cluster.v1.HookRecord;
import dev.holdfast.protocol.cluster.v1.HookRetried;
import dev.holdfast.protocol.cluster.v1.HookSettled;
import dev.holdfast.protocol.cluster.v1.HooksAnswer;
import dev.holdfast.protocol.cluster.v1.HooksAsk;
import dev.holdfast.protocol.cluster.v1.HooksRecord;
import dev.holdfast.protocol.v1.FailedDelivery;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.actor.typed.ActorRef;
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
 * The webhooks of one tenant. Each reads the tenant's chronicle from where it has got to, and makes
 * one delivery after the other: what was delivered is written down before the next is begun, so a
 * node that dies makes at most the last one again.
 *
 * <p>Failed deliveries that are to be made again have their turn between two events. What is not
 * wanted is passed over, and that is written down once in {@value #SKIPPED} entries.
 */
final class Hooks extends EventSourcedBehavior<Message, HookEvent, State> {

  private static final int READ = 100;
  private static final int SKIPPED = 1_000;
  private static final int SNAPSHOT_EVERY = 200;
  private static final int SNAPSHOTS_KEPT = 2;
  private static final Duration WAIT = Duration.ofSeconds(30);
  private static final Duration REST = Duration.ofSeconds(1);

  private final String tenant;
  private final ActorContext<Message> context;
  private final TimerScheduler<Message> timers;
  private final Parts parts;
  private final Ownership.Claim claim;
  private final Map<String, Round> rounds = new HashMap<>();

  /** What all webhooks of a node share. */
  record Parts(Chronicles chronicles, Courier courier, Delivery delivery, Clock clock) {}

  static Behavior<Message> create(PersistenceId id, Ownership ownership, Parts parts) {
    return Fence.behind(
        ownership,
        id.id(),
        new Message.Claimed(),
        (context, claim) ->
            Behaviors.withTimers(timers -> new Hooks(id, context, timers, parts, claim)));
  }

  private Hooks(
      PersistenceId id,
      ActorContext<Message> context,
      TimerScheduler<Message> timers,
      Parts parts,
      Ownership.Claim claim) {
    super(id, Fence.again());
    this.tenant = id.entityId();
    this.context = context;
    this.timers = timers;
    this.parts = parts;
    this.claim = claim;
  }

  @Override
  public State emptyState() {
    return State.NONE;
  }

  @Override
  public CommandHandler<Message, HookEvent, State> commandHandler() {
    return (state, message) -> {
      if (message instanceof Message.Ask ask) {
        return asked(state, ask.ask(), ask.replyTo());
      } else if (message instanceof Message.HasRead has && isCurrent(has.round())) {
        has.round().reading = false;
        has.round().ahead.addAll(has.page().entries());
        return drive(state, has.round());
      } else if (message instanceof Message.NotRead not && isCurrent(not.round())) {
        not.round().reading = false;
        goLater(not.round(), REST);
      } else if (message instanceof Message.Go go && isCurrent(go.round())) {
        return drive(state, go.round());
      } else if (message instanceof Message.Due due && isCurrent(due.round())) {
        return attempt(state, due.round());
      } else if (message instanceof Message.Attempted done && isCurrent(done.round())) {
        return attempted(state, done.round(), done.failure());
      }
      return Effect().none();
    };
  }

  /** A webhook that was removed leaves a round that nobody waits for. */
  private boolean isCurrent(Round round) {
    return rounds.get(round.hook) == round;
  }

  // ---- what is asked

  private Effect<HookEvent, State> asked(
      State state, HooksAsk ask, ActorRef<Message.Answer> replyTo) {
    Optional<HookRecord> known = state.find(ask.getHook());
    if (ask.hasAdd()) {
      if (known.isPresent()) {
        return answer(replyTo, List.of(known.get()));
      } else if (state.hooks().size() >= State.MOST) {
        return refuse(
            replyTo,
            "too-many",
            "there are " + State.MOST + " webhooks, as many as there may be",
            "remove one that is not needed");
      }
      return write(event(ask.getHook()).setAdded(ask.getAdd()), replyTo, ask.getHook());
    } else if (ask.getHook().isEmpty()) {
      return answer(replyTo, state.all().stream().map(this::shown).toList());
    } else if (known.isEmpty()) {
      return refuse(
          replyTo,
          "not-found",
          "there is no webhook '" + ask.getHook() + "'",
          "'holdfast webhook list' shows those there are");
    } else if (ask.hasRemove()) {
      rounds.remove(ask.getHook());
      HookRecord gone = known.get();
      return Effect()
          .persist(event(ask.getHook()).setRemoved(ask.getRemove()).build())
          .thenRun(after -> replyTo.tell(answer(List.of(gone))));
    } else if (ask.hasRetry()) {
      List<Long> wanted = ask.getRetry().getNumbersList();
      List<Long> numbers =
          known.get().getFailedList().stream()
              .map(FailedDelivery::getNumber)
              .filter(number -> wanted.isEmpty() || wanted.contains(number))
              .toList();
      if (!numbers.containsAll(wanted)) {
        return refuse(
            replyTo,
            "not-found",
            "not all of these deliveries are among the failed ones: " + wanted,
            "'holdfast webhook failed " + ask.getHook() + "' shows those there are");
      }
      return write(
          event(ask.getHook()).setRetried(HookRetried.newBuilder().addAllNumbers(numbers)),
          replyTo,
          ask.getHook());
    }
    return answer(replyTo, List.of(shown(known.get())));
  }

  private Effect<HookEvent, State> write(
      HookEvent.Builder event, ActorRef<Message.Answer> replyTo, String hook) {
    return Effect()
        .persist(event.build())
        .thenRun(
            (State after) -> {
              HookRecord now = after.find(hook).orElseThrow();
              replyTo.tell(answer(List.of(shown(now))));
              wake(round(now));
            });
  }

  private HookRecord shown(HookRecord hook) {
    var webhook = hook.getWebhook().toBuilder().setFailed(hook.getFailedCount());
    Optional.ofNullable(rounds.get(hook.getWebhook().getId()))
        .flatMap(round -> round.failure)
        .ifPresent(webhook::setFailure);
    return hook.toBuilder().setWebhook(webhook).build();
  }

  private Effect<HookEvent, State> answer(
      ActorRef<Message.Answer> replyTo, List<HookRecord> hooks) {
    replyTo.tell(answer(hooks));
    return Effect().none();
  }

  private static Message.Answer answer(List<HookRecord> hooks) {
    return new Message.Answer(HooksAnswer.newBuilder().addAllHooks(hooks).build());
  }

  private Effect<HookEvent, State> refuse(
      ActorRef<Message.Answer> replyTo, String kind, String cause, String advice) {
    Failure refused = Courier.failure(kind, cause, advice);
    replyTo.tell(new Message.Answer(HooksAnswer.newBuilder().setRefused(refused).build()));
    return Effect().none();
  }

  // ---- what is delivered

  private Round round(HookRecord hook) {
    return rounds.computeIfAbsent(
        hook.getWebhook().getId(), id -> new Round(id, place(hook.getReached())));
  }

  private void wake(Round round) {
    context.getSelf().tell(new Message.Go(round));
  }

  private void goLater(Round round, Duration pause) {
    timers.startSingleTimer(round, new Message.Go(round), pause);
  }

  /** Begins the next delivery; when there is none, looks for one. */
  private Effect<HookEvent, State> drive(State state, Round round) {
    HookRecord hook = state.find(round.hook).orElseThrow();
    if (round.busy) {
      return Effect().none();
    }
    if (!parts.courier().knows(hook)) {
      round.failure =
          Optional.of(
              Courier.failure(
                  "key-differs",
                  "this node has another key than the one by which the webhook's secret was made",
                  "give all nodes the same holdfast.webhooks.key-file, or add the webhook anew"));
      goLater(round, WAIT);
      return Effect().none();
    }
    round.again = hook.getFailedList().stream().filter(FailedDelivery::getRetrying).findFirst();
    if (round.again.isPresent()) {
      return attempt(state, round);
    }
    while (!round.ahead.isEmpty() && !wants(hook, round.ahead.getFirst())) {
      round.read = placeOf(round.ahead.removeFirst());
      round.skipped++;
    }
    if (!round.ahead.isEmpty()) {
      return attempt(state, round);
    }
    if (round.skipped >= SKIPPED) {
      round.skipped = 0;
      var reached = HookReached.newBuilder().setPlace(place(round.read));
      return Effect()
          .persist(event(round.hook).setReached(reached).build())
          .thenRun(after -> wake(round));
    }
    read(round);
    return Effect().none();
  }

  private void read(Round round) {
    if (round.reading) {
      return;
    }
    round.reading = true;
    context.pipeToSelf(
        parts.chronicles().read(tenant, round.read, READ, WAIT),
        (page, failed) ->
            failed == null ? new Message.HasRead(round, page) : new Message.NotRead(round));
  }

  private static boolean wants(HookRecord hook, HistoryEntry entry) {
    var words = hook.getWebhook().getWhatList();
    return words.isEmpty() || words.contains(entry.getWhat());
  }

  private Effect<HookEvent, State> attempt(State state, Round round) {
    round.busy = true;
    HookRecord hook = state.find(round.hook).orElseThrow();
    context.pipeToSelf(
        parts.courier().deliver(tenant, hook, round.event()),
        (failure, bug) ->
            new Message.Attempted(
                round,
                bug == null
                    ? failure
                    : Optional.of(
                        Courier.failure("internal", bug.toString(), "look into the node's log"))));
    return Effect().none();
  }

  private Effect<HookEvent, State> attempted(State state, Round round, Optional<Failure> failure) {
    round.attempts++;
    round.failure = failure;
    if (failure.isPresent() && round.attempts < parts.delivery().attempts()) {
      timers.startSingleTimer(
          round,
          new Message.Due(round),
          parts.delivery().pause(round.attempts, ThreadLocalRandom.current()));
      return Effect().none();
    }
    HookEvent written = outcome(state.find(round.hook).orElseThrow(), round, failure);
    if (round.again.isEmpty()) {
      round.read = placeOf(round.event());
      round.skipped = 0;
    }
    round.over();
    return Effect().persist(written).thenRun(after -> wake(round));
  }

  private HookEvent outcome(HookRecord hook, Round round, Optional<Failure> failure) {
    var event = event(round.hook);
    if (round.again.isPresent()) {
      FailedDelivery before = round.again.get();
      var settled = HookSettled.newBuilder().setNumber(before.getNumber());
      failure.ifPresent(
          why ->
              settled.setFailed(
                  before.toBuilder()
                      .setAttempts(before.getAttempts() + round.attempts)
                      .setFailedAt(now())
                      .setFailure(why)
                      .setRetrying(false)));
      return event.setSettled(settled).build();
    }
    ChroniclePlace reached = place(placeOf(round.event()));
    if (failure.isEmpty()) {
      return event.setReached(HookReached.newBuilder().setPlace(reached)).build();
    }
    var given =
        FailedDelivery.newBuilder()
            .setNumber(hook.getLastNumber() + 1)
            .setEvent(round.event())
            .setAttempts(round.attempts)
            .setFailedAt(now())
            .setFailure(failure.get());
    return event.setGaveUp(HookGaveUp.newBuilder().setPlace(reached).setDelivery(given)).build();
  }

  private HookEvent.Builder event(String hook) {
    return HookEvent.newBuilder().setTerm(claim.term()).setHook(hook);
  }

  private Timestamp now() {
    return Timestamp.newBuilder().setSeconds(parts.clock().instant().getEpochSecond()).build();
  }

  private static Place placeOf(HistoryEntry entry) {
    return Place.of(entry.getCursor()).orElseThrow();
  }

  static ChroniclePlace place(Place place) {
    return ChroniclePlace.newBuilder().setEvent(place.event()).setEntry(place.entry()).build();
  }

  private static Place place(ChroniclePlace place) {
    return new Place(place.getEvent(), place.getEntry());
  }

  // ---- what is kept

  @Override
  public EventHandler<State, HookEvent> eventHandler() {
    return State::evolve;
  }

  @Override
  public SignalHandler<State> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(
            RecoveryCompleted.instance(),
            state -> {
              rounds.clear();
              state.all().forEach(hook -> wake(round(hook)));
            })
        .build();
  }

  @Override
  public SnapshotAdapter<State> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(State state) {
        HooksRecord now = state.write();
        return claim == Ownership.Claim.CERTAIN ? now : new Ownership.Owned(now, claim);
      }

      @Override
      public State fromJournal(Object stored) {
        return State.read((HooksRecord) stored);
      }
    };
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(SNAPSHOT_EVERY, SNAPSHOTS_KEPT);
  }
}
