package dev.holdfast.profile;

import dev.holdfast.actor.Ownership;
import dev.holdfast.protocol.cluster.v1.ProfileAnswer;
import dev.holdfast.protocol.cluster.v1.ProfileAsk;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.ClusterShardingSettings;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.persistence.typed.PersistenceId;

/** Asks the keeper of a tenant's profiles, wherever it is. */
public final class Profiles {

  /** The type part of every persistence id, {@code Profiles|TENANT}. */
  private static final EntityTypeKey<Message> TYPE =
      EntityTypeKey.create(Message.class, "Profiles");

  private final ClusterSharding sharding;
  private final Duration askTimeout;

  private Profiles(ClusterSharding sharding, Duration askTimeout) {
    this.sharding = sharding;
    this.askTimeout = askTimeout;
  }

  /** Begins to keep profiles on this node. A keeper comes into memory when it is asked. */
  public static Profiles start(
      ActorSystem<?> system, Ownership ownership, Census census, Clock clock, Duration askTimeout) {
    ClusterSharding sharding = ClusterSharding.get(system);
    sharding.init(
        Entity.of(
                TYPE,
                entity ->
                    Keeper.create(
                        PersistenceId.of(TYPE.name(), entity.getEntityId()),
                        entity.getShard(),
                        ownership,
                        census,
                        clock))
            .withSettings(ClusterShardingSettings.create(system).withRememberEntities(false)));
    return new Profiles(sharding, askTimeout);
  }

  /** As {@code Sessions.ask}: no answer in time tells nothing, and it is safe to ask again. */
  public CompletionStage<ProfileAnswer> ask(String tenant, ProfileAsk ask) {
    return sharding
        .entityRefFor(TYPE, tenant)
        .<Message.Answer>ask(replyTo -> new Message.Ask(ask, replyTo), askTimeout)
        .thenApply(Message.Answer::answer);
  }
}
