package dev.holdfast.profile;

import dev.holdfast.actor.Ownership;
import dev.holdfast.journal.Values;
import dev.holdfast.protocol.cluster.v1.ProfileAnswer;
import dev.holdfast.protocol.cluster.v1.ProfileAsk;
import dev.holdfast.protocol.v1.ListProfilesResponse;
import dev.holdfast.protocol.v1.Profile;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.japi.function.Function2;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandlerWithReply;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehaviorWithEnforcedReplies;
import org.apache.pekko.persistence.typed.javadsl.ReplyEffect;

/**
 * Keeps the profiles of one tenant: {@link Catalog} decides, this writes, then answers.
 *
 * <p>Changes are few and small, so that all of them are read at the start and there are no
 * snapshots. Where nodes share a store it does as {@link Ownership} says, and asks whether the
 * profiles are still its own before every answer, also of one that changes nothing: a node that was
 * replaced opens no session with a profile that has been disabled meanwhile.
 */
final class Keeper extends EventSourcedBehaviorWithEnforcedReplies<Message, Written, Catalog> {

  private static final Duration RESTART_LEAST = Duration.ofMillis(200);
  private static final Duration RESTART_MOST = Duration.ofSeconds(10);
  private static final double JITTER = 0.2;
  private static final Duration UNUSED_AFTER = Duration.ofMinutes(5);

  /** So many questions wait at most; those who ask the next get no answer in time. */
  private static final int WAITING_MOST = 1000;

  private final ActorContext<Message> context;
  private final ActorRef<ClusterSharding.ShardCommand> shard;
  private final Ownership.Claim claim;
  private final Grants grants;
  private final Clock clock;
  private Optional<Due> due = Optional.empty();

  /** What is safe in the journal, and not yet told to anybody. */
  private record Due(Message.Answer answer, ActorRef<Message.Answer> to) {}

  /** The profiles are another node's, or that could not be found out. */
  private static final class NotOurs extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotOurs(Throwable why) {
      super("the profiles cannot be claimed: " + why, why);
    }
  }

  static Behavior<Message> create(
      PersistenceId id,
      ActorRef<ClusterSharding.ShardCommand> shard,
      Ownership ownership,
      Census census,
      Clock clock) {
    return Behaviors.supervise(
            Behaviors.<Message>setup(
                context ->
                    claimed(
                        context,
                        ownership,
                        id,
                        claim ->
                            new Keeper(
                                id,
                                context,
                                shard,
                                claim,
                                new Grants(census, id.entityId()),
                                clock))))
        .onFailure(
            NotOurs.class,
            SupervisorStrategy.restartWithBackoff(RESTART_LEAST, RESTART_MOST, JITTER)
                .withStashCapacity(WAITING_MOST));
  }

  private static Behavior<Message> claimed(
      ActorContext<Message> context,
      Ownership ownership,
      PersistenceId id,
      Function<Ownership.Claim, Behavior<Message>> then) {
    if (ownership == Ownership.ALONE) {
      return then.apply(Ownership.Claim.CERTAIN);
    }
    // No session has such an id.
    context.pipeToSelf(ownership.claim(id.id()), orFailed(Message.Claimed::new));
    return Behaviors.withStash(
        WAITING_MOST,
        waiting ->
            Behaviors.receiveMessage(
                message -> {
                  if (message instanceof Message.Claimed mine) {
                    return waiting.unstashAll(then.apply(mine.claim()));
                  } else if (message instanceof Message.Failed not) {
                    throw new NotOurs(not.why());
                  }
                  if (!waiting.isFull()) {
                    waiting.stash(message);
                  }
                  return Behaviors.same();
                }));
  }

  private static <T> Function2<T, Throwable, Message> orFailed(Function<T, Message> then) {
    return (value, failed) -> failed == null ? then.apply(value) : new Message.Failed(failed);
  }

  private Keeper(
      PersistenceId id,
      ActorContext<Message> context,
      ActorRef<ClusterSharding.ShardCommand> shard,
      Ownership.Claim claim,
      Grants grants,
      Clock clock) {
    super(
        id,
        SupervisorStrategy.restartWithBackoff(RESTART_LEAST, RESTART_MOST, JITTER)
            .withStashCapacity(WAITING_MOST));
    this.context = context;
    this.shard = shard;
    this.claim = claim;
    this.grants = grants;
    this.clock = clock;
    context.setReceiveTimeout(UNUSED_AFTER, new Message.Unused());
  }

  @Override
  public Catalog emptyState() {
    return Catalog.EMPTY;
  }

  @Override
  public CommandHandlerWithReply<Message, Written, Catalog> commandHandler() {
    return (catalog, message) -> {
      if (due.isPresent()) {
        return confirm(message);
      } else if (message instanceof Message.Ask ask) {
        return carryOut(catalog, ask);
      } else if (message instanceof Message.Unused) {
        shard.tell(new ClusterSharding.Passivate<>(context.getSelf()));
      }
      return Effect().noReply();
    };
  }

  private ReplyEffect<Written, Catalog> carryOut(Catalog catalog, Message.Ask ask) {
    Instant now = clock.instant();
    Catalog.Decision decision = decide(catalog, ask.ask(), now);
    var answer = new Message.Answer(answer(decision));
    var written =
        decision.change().stream()
            .map(it -> it.setAt(Values.write(now)).setBy(ask.ask().getBy()).setTerm(claim.term()))
            .map(it -> new Written(it.build()))
            .toList();
    if (claim == Ownership.Claim.CERTAIN) {
      return Effect().persist(written).thenReply(ask.replyTo(), after -> answer);
    }
    return Effect()
        .persist(written)
        .thenRun(
            after -> {
              due = Optional.of(new Due(answer, ask.replyTo()));
              context.pipeToSelf(claim.holds(), orFailed(Message.Confirmed::new));
            })
        .thenNoReply();
  }

  /** The step between writing and answering: nothing else is heard until it is done. */
  private ReplyEffect<Written, Catalog> confirm(Message message) {
    if (message instanceof Message.Confirmed confirmed) {
      if (!confirmed.ours()) {
        throw new NotOurs(new IllegalStateException("they were taken over"));
      }
      Due safe = due.orElseThrow();
      due = Optional.empty();
      return Effect().none().thenReply(safe.to(), after -> safe.answer()).thenUnstashAll();
    } else if (message instanceof Message.Failed failed) {
      throw new NotOurs(failed.why());
    }
    return Effect().stash();
  }

  private Catalog.Decision decide(Catalog catalog, ProfileAsk ask, Instant now) {
    return switch (ask.getCommandCase()) {
      case APPLY ->
          catalog.apply(
              signed(ask.getApply().getProfile(), ask, now),
              expected(ask.getApply().hasExpectedVersion(), ask.getApply().getExpectedVersion()),
              ask.getApply().getDryRun());
      case GET -> catalog.get(ask.getGet().getName());
      case LIST -> catalog.list();
      case DELETE ->
          catalog.delete(
              ask.getDelete().getName(),
              expected(ask.getDelete().hasExpectedVersion(), ask.getDelete().getExpectedVersion()));
      case ENABLE -> {
        var wanted = ask.getEnable();
        yield catalog.enable(
            signed(
                Profile.newBuilder()
                    .setName(wanted.getName())
                    .setDisabled(wanted.getDisable())
                    .build(),
                ask,
                now),
            expected(wanted.hasExpectedVersion(), wanted.getExpectedVersion()));
      }
      case USE -> {
        String name = ask.getUse().getName();
        String who = ask.getBy().getWho();
        String session = ask.getUse().getSession();
        var decision = catalog.use(name, who, grants.others(name, who, session, now));
        if (decision.refusal().isEmpty()) {
          grants.add(name, who, session, now);
        }
        yield decision;
      }
      case COMMAND_NOT_SET ->
          Catalog.Decision.refuse(
              "internal",
              "a question that this version does not know",
              "is a node newer than others?");
    };
  }

  private static Profile signed(Profile profile, ProfileAsk ask, Instant now) {
    return profile.toBuilder()
        .setChangedBy(ask.getBy().getWho())
        .setChangedAt(Values.write(now))
        .build();
  }

  private static OptionalInt expected(boolean given, int version) {
    return given ? OptionalInt.of(version) : OptionalInt.empty();
  }

  private static ProfileAnswer answer(Catalog.Decision decision) {
    var answer = ProfileAnswer.newBuilder();
    decision
        .refusal()
        .ifPresentOrElse(
            why -> answer.setRefused(Values.write(why)),
            () ->
                answer.setProfiles(
                    ListProfilesResponse.newBuilder().addAllProfiles(decision.profiles())));
    return answer.build();
  }

  @Override
  public EventHandler<Catalog, Written> eventHandler() {
    return (catalog, written) -> catalog.after(written.entry());
  }
}
