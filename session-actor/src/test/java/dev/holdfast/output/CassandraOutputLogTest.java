package dev.holdfast.output;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OneCassandra;
import dev.holdfast.output.OutputLog.Piece;
import dev.holdfast.output.OutputLog.Watch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The log of a cluster, on a real server. */
@ExtendWith(OneCassandra.class)
class CassandraOutputLogTest extends OutputLogContract {
  private static final Duration NEVER = Duration.ofHours(1);
  private static final String KEYSPACE = "output_log_test";

  private static CassandraNode node;
  private static CqlSession cql;

  @BeforeAll
  static void connect(CassandraNode server) throws IOException {
    node = server;
    cql = session(Duration.ofSeconds(20));
    cql.execute(
        "CREATE KEYSPACE "
            + KEYSPACE
            + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    for (String statement : tables().split(";", -1)) {
      if (statement.contains("output_")) {
        cql.execute(statement);
      }
    }
  }

  @AfterAll
  static void disconnect() {
    cql.close();
  }

  @Override
  OutputLog openLog() throws IOException {
    return log(Duration.ofDays(1), NEVER);
  }

  @Test
  void anOldOwnerThatCutsDifferentlyChangesNothingThatWasRead() throws IOException {
    byte[] content = random(30_000, 11);
    try (OutputLog old = openLog()) {
      old.append(OUT, 0, ByteBuffer.wrap(content, 0, 1000));
      assertEquals(1000, log.end(OUT));
      log.append(OUT, 1000, ByteBuffer.wrap(content, 1000, 9000));
      // It goes on from where it was, in smaller and in larger pieces, and is stopped in between.
      old.append(OUT, 1000, ByteBuffer.wrap(content, 1000, 10));
      assertArrayEquals(Arrays.copyOf(content, 10_000), all(OUT));
      old.append(OUT, 1010, ByteBuffer.wrap(content, 1010, 7));
      old.append(OUT, 1017, ByteBuffer.wrap(content, 1017, 8500));
      assertEquals(10_000, log.end(OUT));
      assertEquals(10_000, old.end(OUT));
      assertArrayEquals(Arrays.copyOf(content, 10_000), all(OUT));
      log.append(OUT, 10_000, ByteBuffer.wrap(content, 10_000, 20_000));
      assertArrayEquals(content, all(OUT));
      for (int offset = 0; offset < content.length; offset += 97) {
        Piece piece = old.read(OUT, offset, 50);
        assertEquals(offset, piece.offset());
        byte[] read = array(piece);
        assertArrayEquals(Arrays.copyOfRange(content, offset, offset + read.length), read);
        assertTrue(read.length > 0);
      }
    }
  }

  @Test
  void whatAnotherProcessStoresIsReadAndGoneOnFrom() throws IOException {
    try (OutputLog other = openLog()) {
      log.append(OUT, 0, bytes("abc"));
      other.append(OUT, 3, bytes("def"));
      log.append(OUT, 6, bytes("ghi"));
      assertEquals("abcdefghi", text(OUT));
      other.skipTo(OUT, 100);
      assertEquals(100, log.end(OUT));
    }
  }

  @Test
  void aWatcherHearsOfWhatAnotherProcessStores() throws Exception {
    Semaphore heard = new Semaphore(0);
    try (OutputLog watching = log(Duration.ofDays(1), Duration.ofMillis(20))) {
      Watch watch = watching.watch(session, "job-1", heard::release);
      assertTrue(heard.tryAcquire(20, TimeUnit.SECONDS), "it does not know what was there before");
      log.append(ERR, 0, bytes("a"));
      assertTrue(heard.tryAcquire(20, TimeUnit.SECONDS));
      log.append(ERR, 1, bytes("b"));
      assertTrue(heard.tryAcquire(20, TimeUnit.SECONDS));
      watch.close();
    }
  }

  @Test
  void outputOlderThanItsTimeIsGoneFromTheFront() throws IOException {
    OutputLog brief = log(Duration.ofSeconds(1), NEVER);
    brief.append(OUT, 0, ByteBuffer.wrap(random(3 * UNIT, 12)));
    brief.close();
    log.append(OUT, 3 * UNIT, bytes("kept"));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    Piece first = log.read(OUT, 0, 100);
    while (first.offset() == 0) {
      assertTrue(System.nanoTime() < deadline, "it stays");
      first = log.read(OUT, 0, 100);
    }
    assertEquals(new Piece(3 * UNIT, bytes("kept")), log.read(OUT, 0, 100));
    assertEquals(3 * UNIT, log.begin(OUT));
    assertEquals("kept", text(OUT));
  }

  @Test
  void damageIsReportedAndTheRestCanBeRead() throws IOException {
    byte[] content = random(3000, 13);
    appendInPieces(content, 1000);
    cql.execute(
        "UPDATE "
            + KEYSPACE
            + ".output_chunks SET bytes = 0x00 WHERE session = ? AND job = 'job-1' AND stream = 1"
            + " AND bucket = 0 AND upto = 2000 AND start = 1000",
        session);
    assertThrows(CorruptOutputException.class, () -> log.read(OUT, 1500, 10));
    assertArrayEquals(Arrays.copyOfRange(content, 2000, 3000), array(log.read(OUT, 2000, 1000)));
    cql.execute(
        "DELETE FROM "
            + KEYSPACE
            + ".output_chunks WHERE session = ? AND job = 'job-1' AND stream = 1 AND bucket = 0"
            + " AND upto = 2000",
        session);
    assertThrows(CorruptOutputException.class, () -> log.read(OUT, 1500, 10));
    assertArrayEquals(Arrays.copyOf(content, 1000), array(log.read(OUT, 0, 3000)));
  }

  @Test
  void anAppendThatIsNotAnsweredFailsInTimeAndCanBeRepeated() throws IOException {
    byte[] content = random(200_000, 14);
    try (CqlSession hasty = session(Duration.ofMillis(500));
        OutputLog stalled = new CassandraOutputLog(hasty, KEYSPACE, NEVER, NEVER, UNIT)) {
      stalled.append(OUT, 0, ByteBuffer.wrap(content, 0, 1000));
      node.pause();
      try {
        assertThrows(
            IOException.class,
            () -> stalled.append(OUT, 1000, ByteBuffer.wrap(content, 1000, 150_000)));
      } finally {
        node.resume();
      }
    }
    log.append(OUT, 0, ByteBuffer.wrap(content));
    assertArrayEquals(content, all(OUT));
    assertEquals(content.length, log.end(OUT));
  }

  private static OutputLog log(Duration ttl, Duration poll) throws IOException {
    return new CassandraOutputLog(cql, KEYSPACE, ttl, poll, UNIT);
  }

  private static CqlSession session(Duration timeout) {
    return CqlSession.builder()
        .addContactPoint(node.address())
        .withLocalDatacenter(CassandraRing.DATACENTER)
        .withConfigLoader(
            DriverConfigLoader.programmaticBuilder()
                .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, timeout)
                .build())
        .build();
  }

  private static String tables() throws IOException {
    try (InputStream in =
        OutputLog.class.getResourceAsStream("/dev/holdfast/actor/store/cassandra/version-1.cql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("--"))
          .collect(Collectors.joining("\n"))
          .replace("${keyspace}", KEYSPACE);
    }
  }
}
