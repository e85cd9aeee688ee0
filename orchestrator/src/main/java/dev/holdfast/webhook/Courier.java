package dev.holdfast.webhook;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.holdfast.protocol.cluster.v1.HookRecord;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Makes one attempt of one delivery. Redirects are not followed, and no answer is read. */
final class Courier {

  private static final JsonFormat.Printer JSON =
      JsonFormat.printer().omittingInsignificantWhitespace().sortingMapKeys();

  private final HttpClient http;
  private final Keys keys;
  private final Delivery delivery;
  private final Clock clock;

  Courier(Keys keys, Delivery delivery, Clock clock) {
    this.keys = keys;
    this.delivery = delivery;
    this.clock = clock;
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(delivery.deadline())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /** Whether this node can sign for a webhook. */
  boolean knows(HookRecord hook) {
    return hook.getKeyPrint().equals(keys.print());
  }

  /** Completes with why it failed, or with nothing when the receiver has it. */
  CompletionStage<Optional<Failure>> deliver(String tenant, HookRecord hook, HistoryEntry event) {
    String id = id(event);
    String body = body(event);
    long seconds = clock.instant().getEpochSecond();
    var request =
        HttpRequest.newBuilder(URI.create(hook.getWebhook().getUrl()))
            .timeout(delivery.deadline())
            .header("content-type", "application/json")
            .header("user-agent", "holdfast")
            .header("webhook-id", id)
            .header("webhook-timestamp", Long.toString(seconds))
            .header(
                "webhook-signature",
                keys.signature(tenant, hook.getWebhook().getId(), id, seconds, body))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .handle((answer, failed) -> failed == null ? refused(answer.statusCode()) : lost(failed));
  }

  /** The same for an event in every attempt, on every node. */
  private static String id(HistoryEntry event) {
    return event.getSession() + "_" + event.getNumber();
  }

  private static String body(HistoryEntry event) {
    try {
      return JSON.print(event);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the contract has no Any", e);
    }
  }

  private static Optional<Failure> refused(int status) {
    return status / 100 == 2
        ? Optional.empty()
        : Optional.of(
            failure(
                "refused",
                "the receiver answered with status " + status,
                "look at the receiver; any status of 200-299 says that it has the event"));
  }

  private Optional<Failure> lost(Throwable failed) {
    Throwable why =
        failed instanceof CompletionException && failed.getCause() != null
            ? failed.getCause()
            : failed;
    if (why instanceof HttpTimeoutException) {
      return Optional.of(
          failure(
              "timed-out",
              "the receiver did not answer within " + delivery.deadline().toMillis() + " ms",
              "a receiver should answer first and work later"));
    }
    return Optional.of(
        failure(
            why instanceof ConnectException ? "refused" : "link-lost",
            "the receiver could not be reached: " + why.getClass().getSimpleName(),
            "look at the receiver, its name and its certificate"));
  }

  static Failure failure(String kind, String cause, String advice) {
    return Failure.newBuilder().setKind(kind).setCause(cause).setAdvice(advice).build();
  }
}
