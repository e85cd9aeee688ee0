package dev.holdfast.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.linecorp.armeria.common.ShuttingDownException;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class FailuresTest {

  @Test
  void aCallThatTheEndOfTheNodeCutsOffSaysSoAndIsNoBug() {
    var cut = Status.UNKNOWN.withCause(ShuttingDownException.get()).asRuntimeException();
    assertEquals(Kind.UNAVAILABLE, Failures.of(cut).kind());
  }

  /** Regression: it was told as a failed disk, after which clients do not ask again. */
  @Test
  void aDatabaseThatDoesNotAnswerIsNoFailedDisk() {
    var silent = new DriverTimeoutException("no answer within 10 s");
    assertEquals(Kind.UNAVAILABLE, Failures.of(silent).kind());
    assertEquals(
        Kind.UNAVAILABLE, Failures.of(new IOException("Cassandra did not do it", silent)).kind());
    var deeper = new UncheckedIOException(new IOException("Cassandra did not do it", silent));
    assertEquals(Kind.UNAVAILABLE, Failures.of(deeper).kind());
    assertEquals(Kind.DISK, Failures.of(new IOException("no space left on device")).kind());
  }

  @Test
  void soIsOneThatIsSpokenToBySql() {
    for (String state : List.of("08006", "57P01", "57014", "53300", "40001", "25006")) {
      var said = new IOException("PostgreSQL did not do it", new SQLException("no", state));
      assertEquals(Kind.UNAVAILABLE, Failures.of(said).kind(), state);
    }
    var full = new SQLTransientConnectionException("no connection within 10 s");
    assertEquals(Kind.UNAVAILABLE, Failures.of(new CompletionException(full)).kind());
    var ofSqlite = new IOException("cannot read the journal", new SQLException("disk I/O error"));
    assertEquals(Kind.DISK, Failures.of(ofSqlite).kind());
  }
}
