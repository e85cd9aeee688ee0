package dev.holdfast.webhook;

import dev.holdfast.protocol.cluster.v1.HookEvent;
import dev.holdfast.protocol.cluster.v1.HookRecord;
import dev.holdfast.protocol.cluster.v1.HooksRecord;
import dev.holdfast.protocol.v1.FailedDelivery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The webhooks of a tenant, as its events have made them: {@value #MOST} at most, each with its
 * last {@value #FAILED_KEPT} failed deliveries. Immutable.
 */
record State(Map<String, HookRecord> hooks, long term) {

  static final int MOST = 20;
  static final int FAILED_KEPT = 200;
  static final State NONE = new State(Map.of(), 0);

  Optional<HookRecord> find(String id) {
    return Optional.ofNullable(hooks.get(id));
  }

  Collection<HookRecord> all() {
    return hooks.values();
  }

  /** What was written by one who had been replaced changes nothing. */
  State evolve(HookEvent event) {
    if (event.getTerm() < term) {
      return this;
    }
    var after = new LinkedHashMap<>(hooks);
    switch (event.getEventCase()) {
      case ADDED ->
          after.putIfAbsent(
              event.getHook(),
              HookRecord.newBuilder()
                  .setWebhook(event.getAdded().getWebhook())
                  .setReached(event.getAdded().getFrom())
                  .setKeyPrint(event.getAdded().getKeyPrint())
                  .build());
      case REMOVED -> after.remove(event.getHook());
      default -> after.computeIfPresent(event.getHook(), (id, hook) -> change(hook, event));
    }
    return new State(after, event.getTerm());
  }

  private static HookRecord change(HookRecord hook, HookEvent event) {
    return switch (event.getEventCase()) {
      case REACHED -> hook.toBuilder().setReached(event.getReached().getPlace()).build();
      case GAVE_UP ->
          with(hook, event.getGaveUp().getDelivery()).toBuilder()
              .setReached(event.getGaveUp().getPlace())
              .build();
      case RETRIED -> {
        var numbers = event.getRetried().getNumbersList();
        yield each(
            hook,
            it -> numbers.contains(it.getNumber()) ? it.toBuilder().setRetrying(true).build() : it);
      }
      case SETTLED -> settled(hook, event);
      default -> hook;
    };
  }

  private static HookRecord settled(HookRecord hook, HookEvent event) {
    long number = event.getSettled().getNumber();
    if (event.getSettled().hasFailed()) {
      return each(hook, it -> it.getNumber() == number ? event.getSettled().getFailed() : it);
    }
    List<FailedDelivery> left =
        hook.getFailedList().stream().filter(it -> it.getNumber() != number).toList();
    return hook.toBuilder().clearFailed().addAllFailed(left).build();
  }

  private static HookRecord each(HookRecord hook, UnaryOperator<FailedDelivery> change) {
    List<FailedDelivery> all = hook.getFailedList().stream().map(change).toList();
    return hook.toBuilder().clearFailed().addAllFailed(all).build();
  }

  /** One more failed delivery; the oldest goes when there are too many. */
  private static HookRecord with(HookRecord hook, FailedDelivery failed) {
    var all = new ArrayList<>(hook.getFailedList());
    all.add(failed);
    var webhook = hook.getWebhook().toBuilder();
    while (all.size() > FAILED_KEPT) {
      all.remove(0);
      webhook.setDropped(webhook.getDropped() + 1);
    }
    return hook.toBuilder()
        .setWebhook(webhook)
        .clearFailed()
        .addAllFailed(all)
        .setLastNumber(failed.getNumber())
        .build();
  }

  HooksRecord write() {
    return HooksRecord.newBuilder().addAllHooks(hooks.values()).setTerm(term).build();
  }

  static State read(HooksRecord from) {
    var hooks = new LinkedHashMap<String, HookRecord>();
    from.getHooksList().forEach(hook -> hooks.put(hook.getWebhook().getId(), hook));
    return new State(hooks, from.getTerm());
  }
}
