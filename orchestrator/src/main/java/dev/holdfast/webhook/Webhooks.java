package dev.holdfast.webhook;

import dev.holdfast.actor.Ownership;
import dev.holdfast.chronicle.Chronicles;
import dev.holdfast.protocol.cluster.v1.HookAdded;
import dev.holdfast.protocol.cluster.v1.HookRemoved;
import dev.holdfast.protocol.cluster.v1.HookRetried;
import dev.holdfast.protocol.cluster.v1.HooksAnswer;
import dev.holdfast.protocol.cluster.v1.HooksAsk;
import dev.holdfast.protocol.v1.Webhook;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.persistence.typed.PersistenceId;

/**
 * The webhooks of all tenants, wherever they are kept. Answers are as they come from there; a
 * refusal is one of them.
 */
public final class Webhooks {

  private static final EntityTypeKey<Message> TYPE =
      EntityTypeKey.create(Message.class, "Webhooks");
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final ClusterSharding sharding;
  private final Chronicles chronicles;
  private final Keys keys;

  private Webhooks(ClusterSharding sharding, Chronicles chronicles, Keys keys) {
    this.sharding = sharding;
    this.chronicles = chronicles;
    this.keys = keys;
  }

  /** Begins to keep webhooks on this node; those it is to keep already go on. */
  public static Webhooks start(
      ActorSystem<?> system,
      Ownership ownership,
      Chronicles chronicles,
      Keys keys,
      Delivery delivery,
      Clock clock) {
    ClusterSharding sharding = ClusterSharding.get(system);
    var parts = new Hooks.Parts(chronicles, new Courier(keys, delivery, clock), delivery, clock);
    sharding.init(
        Entity.of(
            TYPE,
            entity ->
                Hooks.create(
                    PersistenceId.of(TYPE.name(), entity.getEntityId()), ownership, parts)));
    return new Webhooks(sharding, chronicles, keys);
  }

  /** Adds one, for what happens from now on; one of the same id is left as it is. */
  public CompletionStage<HooksAnswer> add(String tenant, Webhook webhook) {
    return chronicles
        .head(tenant)
        .thenCompose(
            head ->
                ask(
                    tenant,
                    HooksAsk.newBuilder()
                        .setHook(webhook.getId())
                        .setAdd(
                            HookAdded.newBuilder()
                                .setWebhook(webhook)
                                .setFrom(Hooks.place(head))
                                .setKeyPrint(keys.print()))));
  }

  /** The secret of one; to be shown to whoever adds it, and to nobody else. */
  public String secret(String tenant, String id) {
    return keys.secret(tenant, id);
  }

  /** All of a tenant. */
  public CompletionStage<HooksAnswer> all(String tenant) {
    return ask(tenant, HooksAsk.newBuilder());
  }

  /** One of them. */
  public CompletionStage<HooksAnswer> find(String tenant, String id) {
    return ask(tenant, HooksAsk.newBuilder().setHook(id));
  }

  public CompletionStage<HooksAnswer> remove(String tenant, String id) {
    return ask(
        tenant, HooksAsk.newBuilder().setHook(id).setRemove(HookRemoved.getDefaultInstance()));
  }

  /**
   * Makes failed deliveries again.
   *
   * @param numbers which; all when empty
   */
  public CompletionStage<HooksAnswer> retry(String tenant, String id, List<Long> numbers) {
    return ask(
        tenant,
        HooksAsk.newBuilder()
            .setHook(id)
            .setRetry(HookRetried.newBuilder().addAllNumbers(numbers)));
  }

  private CompletionStage<HooksAnswer> ask(String tenant, HooksAsk.Builder ask) {
    return sharding
        .entityRefFor(TYPE, tenant)
        .<Message.Answer>ask(replyTo -> new Message.Ask(ask.build(), replyTo), ANSWER)
        .thenApply(Message.Answer::answer);
  }
}
