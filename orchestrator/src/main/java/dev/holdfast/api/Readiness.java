package dev.holdfast.api;

import com.linecorp.armeria.server.healthcheck.HealthCheckService;
import com.linecorp.armeria.server.healthcheck.HealthCheckStatus;
import com.linecorp.armeria.server.healthcheck.HealthChecker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Whether a node should be sent work, apart from whether its port is going out of service.
 *
 * @param member whether the cluster counts on it
 * @param journal asks the journal for anything; fails when it does not answer
 */
public record Readiness(BooleanSupplier member, Supplier<CompletionStage<?>> journal) {

  /** The journal is asked this often, whether anybody wants to know or not. */
  private static final Duration EVERY = Duration.ofSeconds(2);

  /** It has this long for its answer. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /** Of a port that depends on nothing. */
  static final Readiness ALWAYS =
      new Readiness(() -> true, () -> CompletableFuture.completedStage(null));

  HealthCheckService service(Departure departure) {
    return HealthCheckService.builder()
        .longPolling(Duration.ZERO)
        .checkers(
            () -> !departure.hasBegun(),
            member::getAsBoolean,
            HealthChecker.of(this::journalAnswers, EVERY))
        .build();
  }

  private CompletionStage<HealthCheckStatus> journalAnswers() {
    return journal
        .get()
        .toCompletableFuture()
        .copy()
        .orTimeout(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
        .handle((answer, failed) -> new HealthCheckStatus(failed == null, EVERY.toMillis()));
  }
}
