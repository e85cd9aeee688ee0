package dev.holdfast.api;

import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/** Answers unary calls with what a stage comes to. */
final class Calls {

  private Calls() {}

  static <T> void answer(StreamObserver<T> caller, Supplier<CompletionStage<T>> work) {
    answerWaiting(caller, gone -> work.get());
  }

  /** For work that waits: it is given a future that completes when the caller has gone away. */
  static <T> void answerWaiting(
      StreamObserver<T> caller, Function<CompletableFuture<Void>, CompletionStage<T>> work) {
    var call = (ServerCallStreamObserver<T>) caller;
    var request = ServiceRequestContext.current();
    var gone = new CompletableFuture<Void>();
    call.setOnCancelHandler(() -> gone.complete(null));
    try {
      var unused =
          work.apply(gone)
              .whenComplete(
                  (value, failed) -> {
                    if (call.isCancelled() || request.isCancelled()) {
                      return;
                    }
                    if (failed != null) {
                      call.onError(Failures.of(failed));
                    } else {
                      call.onNext(value);
                      call.onCompleted();
                    }
                  });
    } catch (RuntimeException e) {
      call.onError(Failures.of(e));
    }
  }
}
