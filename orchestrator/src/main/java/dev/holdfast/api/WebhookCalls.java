package dev.holdfast.api;

import dev.holdfast.protocol.cluster.v1.HookRecord;
import dev.holdfast.protocol.cluster.v1.HooksAnswer;
import dev.holdfast.protocol.v1.AddWebhookRequest;
import dev.holdfast.protocol.v1.AddWebhookResponse;
import dev.holdfast.protocol.v1.ListFailedDeliveriesRequest;
import dev.holdfast.protocol.v1.ListFailedDeliveriesResponse;
import dev.holdfast.protocol.v1.ListWebhooksRequest;
import dev.holdfast.protocol.v1.ListWebhooksResponse;
import dev.holdfast.protocol.v1.RemoveWebhookRequest;
import dev.holdfast.protocol.v1.RetryDeliveriesRequest;
import dev.holdfast.protocol.v1.Webhook;
import dev.holdfast.protocol.v1.WebhooksGrpc;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Origin;
import dev.holdfast.webhook.Webhooks;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The calls of the Webhooks service. */
public final class WebhookCalls extends WebhooksGrpc.WebhooksImplBase {

  private static final int URL = 2048;
  private static final int WORDS = 64;
  private static final Pattern WORD = Pattern.compile("[a-z][a-z-]{0,63}");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

  private final Optional<Webhooks> webhooks;
  private final Clock clock;

  /**
   * @param webhooks empty where this node has no key for their secrets
   */
  public WebhookCalls(Optional<Webhooks> webhooks, Clock clock) {
    this.webhooks = webhooks;
    this.clock = clock;
  }

  @Override
  public void addWebhook(AddWebhookRequest request, StreamObserver<AddWebhookResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          Origin by = Caller.current();
          var wanted =
              Webhook.newBuilder()
                  .setId(
                      Fields.key(request.getKey())
                          .map(key -> Ids.of(by.tenant(), "webhook " + key))
                          .orElseGet(Ids::fresh))
                  .setUrl(url(request.getUrl()))
                  .addAllWhat(words(request.getWhatList()))
                  .setCreatedAt(Views.time(clock.instant()))
                  .setCreatedBy(by.who())
                  .build();
          return one(all -> all.add(by.tenant(), wanted))
              .thenApply(
                  hook -> {
                    Webhook added = hook.getWebhook();
                    if (!added.getUrl().equals(wanted.getUrl())
                        || !added.getWhatList().equals(wanted.getWhatList())) {
                      throw Refusal.of(
                          Kind.KEY_REUSED,
                          "the key was used for another webhook",
                          "use another key");
                    }
                    return AddWebhookResponse.newBuilder()
                        .setWebhook(added)
                        .setSecret(kept().secret(by.tenant(), added.getId()))
                        .build();
                  });
        });
  }

  @Override
  public void listWebhooks(
      ListWebhooksRequest request, StreamObserver<ListWebhooksResponse> caller) {
    Calls.answer(
        caller,
        () ->
            kept()
                .all(Caller.current().tenant())
                .thenApply(
                    answer -> {
                      var all = ListWebhooksResponse.newBuilder();
                      unlessRefused(answer)
                          .getHooksList()
                          .forEach(hook -> all.addWebhooks(hook.getWebhook()));
                      return all.build();
                    }));
  }

  @Override
  public void removeWebhook(RemoveWebhookRequest request, StreamObserver<Webhook> caller) {
    Calls.answer(
        caller,
        () -> {
          Origin by = Caller.current();
          String id = Fields.selector("id", request.getId());
          return one(all -> all.remove(by.tenant(), id)).thenApply(HookRecord::getWebhook);
        });
  }

  @Override
  public void listFailedDeliveries(
      ListFailedDeliveriesRequest request, StreamObserver<ListFailedDeliveriesResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          Origin by = Caller.current();
          String id = Fields.selector("id", request.getId());
          return one(all -> all.find(by.tenant(), id))
              .thenApply(
                  hook ->
                      ListFailedDeliveriesResponse.newBuilder()
                          .addAllDeliveries(hook.getFailedList())
                          .build());
        });
  }

  @Override
  public void retryDeliveries(RetryDeliveriesRequest request, StreamObserver<Webhook> caller) {
    Calls.answer(
        caller,
        () -> {
          Origin by = Caller.current();
          String id = Fields.selector("id", request.getId());
          List<Long> numbers = request.getNumbersList();
          Fields.check(numbers.size() <= 1000, "numbers", "may be at most 1000");
          return one(all -> all.retry(by.tenant(), id, numbers)).thenApply(HookRecord::getWebhook);
        });
  }

  private CompletionStage<HookRecord> one(Function<Webhooks, CompletionStage<HooksAnswer>> ask) {
    return ask.apply(kept()).thenApply(answer -> unlessRefused(answer).getHooks(0));
  }

  private Webhooks kept() {
    return webhooks.orElseThrow(
        () ->
            Refusal.of(
                Kind.NOT_SET_UP,
                "this node has no key for the secrets of webhooks",
                "give all nodes of the cluster the same holdfast.webhooks.key-file"));
  }

  private static HooksAnswer unlessRefused(HooksAnswer answer) {
    if (answer.hasRefused()) {
      var why = answer.getRefused();
      throw Refusal.of(new Cause(why.getKind(), why.getCause(), why.getAdvice()));
    }
    return answer;
  }

  private static List<String> words(List<String> words) {
    Fields.check(words.size() <= WORDS, "what", "may be at most " + WORDS + " words");
    words.forEach(
        word ->
            Fields.check(
                WORD.matcher(word).matches(), "what", "must be words such as job-finished"));
    return words;
  }

  private static String url(String text) {
    Fields.check(!text.isEmpty(), "url", "is missing");
    Fields.check(text.length() <= URL && Fields.printable(text), "url", "is too long");
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw Refusal.invalid("url", "is no URL");
    }
    Fields.check(url.getHost() != null, "url", "must name a host");
    Fields.check(
        url.getRawUserInfo() == null,
        "url",
        "must have no user or password: deliveries are signed instead");
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    Fields.check(
        scheme.equals("https")
            || (scheme.equals("http") && LOOPBACK.matcher(url.getHost()).matches()),
        "url",
        "must begin with https://; http:// is for loopback only");
    Fields.check(url.getRawFragment() == null, "url", "must have no fragment");
    return text;
  }
}
