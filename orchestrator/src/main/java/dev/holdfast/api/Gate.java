package dev.holdfast.api;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import dev.holdfast.security.SignIn;
import dev.holdfast.security.Tokens;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Stands before everything that the port offers, its health excepted: without a valid bearer token
 * nothing is answered, also not whether a path exists. A request that is let in must arrive whole
 * within the time given for that.
 */
final class Gate extends SimpleDecoratingHttpService {

  private final Tokens tokens;
  private final Attempts attempts;
  private final Duration arrival;
  private final Departure departure;

  Gate(
      HttpService inside, Tokens tokens, Attempts attempts, Duration arrival, Departure departure) {
    super(inside);
    this.tokens = tokens;
    this.attempts = attempts;
    this.arrival = arrival;
    this.departure = departure;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) throws Exception {
    SignIn signIn = bearer(request).map(tokens::signIn).orElseGet(SignIn.Unknown::new);
    if (signIn instanceof SignIn.Accepted accepted) {
      Caller.is(ctx, accepted.principal());
      return departure.takes(ctx)
          ? whole(ctx, request)
          : Failures.answer(request.headers(), Departure.refusal()).toHttpResponse();
    }
    return Failures.answer(request.headers(), refusal(ctx, signIn)).toHttpResponse();
  }

  private static Optional<String> bearer(HttpRequest request) {
    String header = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
    return header.regionMatches(true, 0, "Bearer ", 0, 7)
        ? Optional.of(header.substring(7).strip())
        : Optional.empty();
  }

  private Refusal refusal(ServiceRequestContext ctx, SignIn signIn) {
    if (attempts.tooMany(ctx.clientAddress())) {
      return Refusal.of(
          Kind.TOO_MANY_SIGN_INS,
          "too many sign-ins failed from this address",
          "wait a minute, then use a valid token");
    }
    return signIn instanceof SignIn.Expired
        ? Refusal.of(Kind.TOKEN_EXPIRED, "the token has expired", "ask for a new token")
        : Refusal.of(
            Kind.NOT_AUTHORISED,
            "there is no valid token in the request",
            "set HOLDFAST_TOKEN; on the node's own machine the file 'token' in its data directory has one");
  }

  /** A body that comes in too slowly is given up. */
  private HttpResponse whole(ServiceRequestContext ctx, HttpRequest request) throws Exception {
    Future<?> late =
        ctx.eventLoop()
            .withoutContext()
            .schedule(
                () ->
                    request.abort(
                        Refusal.of(
                            Kind.TOO_SLOW,
                            "the request did not arrive within " + arrival.toSeconds() + " s",
                            "send it faster")),
                arrival.toMillis(),
                TimeUnit.MILLISECONDS);
    var unused = request.whenComplete().whenComplete((done, failed) -> late.cancel(false));
    return unwrap().serve(ctx, request);
  }
}
