package dev.holdfast.actor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.session.Command;
import dev.holdfast.session.Origin;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.persistence.typed.PersistenceId;

/** Asks sessions by id, wherever their shard is. */
public final class Sessions {

  /** The type part of every session's persistence id, {@code Session|ID}. */
  public static final EntityTypeKey<Message> TYPE = EntityTypeKey.create(Message.class, "Session");

  /** Marks the first event of each session in the journal. */
  public static final String OPENED_TAG = "session-opened";

  /** Marks the last event of each session in the journal. */
  public static final String CLOSED_TAG = "session-closed";

  private final ClusterSharding sharding;
  private final SessionSettings settings;

  private Sessions(ClusterSharding sharding, SessionSettings settings) {
    this.sharding = sharding;
    this.settings = settings;
  }

  /**
   * What sessions need of Pekko; to be put over its defaults and under the operator's own settings.
   */
  public static Config pekkoConfig() {
    return ConfigFactory.parseResourcesAnySyntax(
        Sessions.class.getClassLoader(), "holdfast-sharding.conf");
  }

  /** Begins to keep sessions on this node; those it is to keep already are woken. */
  public static Sessions start(ActorSystem<?> system, Surroundings around) {
    ClusterSharding sharding = ClusterSharding.get(system);
    sharding.init(
        Entity.of(
            TYPE,
            entity ->
                SessionActor.create(
                    persistenceId(entity.getEntityId()), entity.getShard(), around)));
    return new Sessions(sharding, around.settings());
  }

  /** Under which id a session's events are in the journal. */
  public static PersistenceId persistenceId(String sessionId) {
    return PersistenceId.of(TYPE.name(), sessionId);
  }

  /**
   * Asks a session.
   *
   * <p>The stage fails with a {@code TimeoutException} when no answer came in time; then it is not
   * known whether the command was carried out, and it is safe to ask again.
   */
  public CompletionStage<Answer> ask(String sessionId, Command command, Origin by) {
    return sharding
        .entityRefFor(TYPE, sessionId)
        .ask(replyTo -> new Message.Ask(command, by, replyTo), settings.askTimeout());
  }
}
