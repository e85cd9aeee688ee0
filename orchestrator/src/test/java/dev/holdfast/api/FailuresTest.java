package dev.holdfast.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.linecorp.armeria.common.ShuttingDownException;
import io.grpc.Status;
import org.junit.jupiter.api.Test;

class FailuresTest {

  @Test
  void aCallThatTheEndOfTheNodeCutsOffSaysSoAndIsNoBug() {
    var cut = Status.UNKNOWN.withCause(ShuttingDownException.get()).asRuntimeException();
    assertEquals(Kind.UNAVAILABLE, Failures.of(cut).kind());
  }
}
