package dev.holdfast.api;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpService;
import dev.holdfast.metrics.Metrics;

/**
 * What programs that watch over a node ask it: whether it lives and is ready, which everybody may
 * know, and its figures, which are of all tenants and so for operators only.
 *
 * @param readiness whether the node should be sent work
 * @param metrics its figures
 * @param operators who may see them
 */
public record Monitoring(Readiness readiness, Metrics metrics, Operators operators) {

  private static final MediaType PROMETHEUS =
      MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

  HttpService figures() {
    return (ctx, request) -> {
      operators.check(Caller.current().tenant());
      return HttpResponse.of(HttpStatus.OK, PROMETHEUS, HttpData.ofUtf8(metrics.text()));
    };
  }
}
