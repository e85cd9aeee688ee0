package dev.holdfast.api;

import dev.holdfast.metrics.Metrics;
import java.util.Set;

/** A port that is watched over by an operator of the tenant {@code default}. */
final class Watched {

  private Watched() {}

  static Monitoring monitoring(Readiness readiness) {
    return new Monitoring(readiness, new Metrics("test"), new Operators(Set.of("default")));
  }
}
