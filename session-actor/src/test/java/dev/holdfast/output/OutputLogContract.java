package dev.holdfast.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.output.OutputLog.Piece;
import dev.holdfast.output.OutputLog.Place;
import dev.holdfast.output.OutputLog.Watch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every log of job output keeps, wherever it stores it. */
@Timeout(120)
abstract class OutputLogContract {
  /** What is dropped at once, in bytes; logs under test are opened with it. */
  static final int UNIT = 4096;

  final String session = "session-" + Long.toHexString(new Random().nextLong());
  final Place OUT = new Place(session, "job-1", StreamName.OUT);
  final Place ERR = new Place(session, "job-1", StreamName.ERR);
  OutputLog log;

  /** Opens the log; what was stored before, in the same test, is in it. */
  abstract OutputLog openLog() throws IOException;

  @BeforeEach
  void open() throws IOException {
    log = openLog();
  }

  @AfterEach
  void close() throws IOException {
    log.close();
  }

  void reopen() throws IOException {
    close();
    open();
  }

  @Test
  void anUnknownStreamIsEmpty() throws IOException {
    assertEquals(0, log.end(OUT));
    assertEquals(0, log.begin(OUT));
    assertEquals(0, log.read(OUT, 0, 10).bytes().remaining());
    assertEquals(0, log.read(OUT, 99, 10).bytes().remaining());
  }

  @Test
  void whatIsAppendedIsReadAgainAlsoAfterReopening() throws IOException {
    log.append(OUT, 0, bytes("hello "));
    log.append(OUT, 6, bytes("world"));
    log.append(ERR, 0, bytes("oops"));
    assertEquals("hello world", text(OUT));
    assertEquals("oops", text(ERR));
    reopen();
    assertEquals("hello world", text(OUT));
    assertEquals("oops", text(ERR));
    assertEquals(11, log.end(OUT));
  }

  @Test
  @DisplayName("behaviour 26: the same bytes from the start, from an offset, twice")
  void everyOffsetCanBeReadAnyNumberOfTimes() throws IOException {
    byte[] content = random(10_000, 1);
    log.append(OUT, 0, ByteBuffer.wrap(content));
    for (int round = 0; round < 2; round++) {
      for (int offset = 0; offset < content.length; offset += 37) {
        Piece piece = log.read(OUT, offset, 100);
        assertEquals(offset, piece.offset());
        byte[] read = array(piece);
        assertTrue(read.length > 0);
        assertArrayEquals(Arrays.copyOfRange(content, offset, offset + read.length), read);
      }
    }
  }

  @Test
  void storingTheSameAgainChangesNothing() throws IOException {
    log.append(OUT, 0, bytes("abcdef"));
    log.append(OUT, 0, bytes("abcdef"));
    log.append(OUT, 2, bytes("cd"));
    assertEquals("abcdef", text(OUT));
    log.append(OUT, 4, bytes("efgh"));
    assertEquals("abcdefgh", text(OUT));
  }

  @Test
  void aGapIsRefused() throws IOException {
    log.append(OUT, 0, bytes("abc"));
    assertThrows(IllegalArgumentException.class, () -> log.append(OUT, 4, bytes("e")));
    assertThrows(IllegalArgumentException.class, () -> log.append(OUT, -1, bytes("e")));
    assertEquals("abc", text(OUT));
  }

  @Test
  void theBufferIsNotMoved() throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap("xxabcxx".getBytes(UTF_8), 2, 3);
    log.append(OUT, 0, buffer);
    assertEquals(3, buffer.remaining());
    assertEquals("abc", text(OUT));
    ByteBuffer direct = ByteBuffer.allocateDirect(3).put(bytes("def")).flip();
    log.append(OUT, 3, direct);
    assertEquals("abcdef", text(OUT));
  }

  @Test
  @DisplayName("behaviour 27: in Drop mode the reader is told how many bytes are missing")
  void aSkipIsSeenByReadersAsALaterOffset() throws IOException {
    log.append(OUT, 0, bytes("abc"));
    log.skipTo(OUT, 100);
    assertEquals(100, log.end(OUT));
    assertEquals(new Piece(100, ByteBuffer.allocate(0)), log.read(OUT, 3, 10));
    log.append(OUT, 100, bytes("def"));
    for (int round = 0; round < 2; round++) {
      assertEquals(new Piece(1, bytes("bc")), log.read(OUT, 1, 10));
      assertEquals(new Piece(100, bytes("def")), log.read(OUT, 3, 10));
      assertEquals(new Piece(100, bytes("def")), log.read(OUT, 50, 10));
      assertEquals(new Piece(101, bytes("ef")), log.read(OUT, 101, 10));
      reopen();
    }
  }

  @Test
  void aSkipBackwardsChangesNothing() throws IOException {
    log.append(OUT, 0, bytes("abc"));
    log.skipTo(OUT, 3);
    log.skipTo(OUT, 1);
    assertEquals("abc", text(OUT));
  }

  @Test
  void aSkipAtTheVeryStartIsABeginning() throws IOException {
    log.skipTo(OUT, 50);
    assertEquals(50, log.begin(OUT));
    log.append(OUT, 50, bytes("x"));
    reopen();
    assertEquals(50, log.begin(OUT));
    assertEquals(new Piece(50, bytes("x")), log.read(OUT, 0, 10));
  }

  @Test
  void trimKeepsWhatItWasToldToKeepAndNotMuchMore() throws IOException {
    byte[] content = random(50_000, 2);
    appendInPieces(content, 1000);
    log.trim(OUT, 10_000);
    for (int round = 0; round < 2; round++) {
      long begin = log.begin(OUT);
      assertTrue(begin <= 40_000 && begin > 40_000 - 2 * UNIT, "begin " + begin);
      assertEquals(50_000, log.end(OUT));
      assertArrayEquals(Arrays.copyOfRange(content, (int) begin, 50_000), all(OUT));
      assertEquals(begin, log.read(OUT, 0, 1).offset());
      reopen();
    }
    log.trim(OUT, 0);
    assertEquals(50_000, log.end(OUT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", ".hidden", "a/b", "a\0b", "a b", "ü", "a\n", "-/.."})
  void anIdThatIsNoSafeFileNameIsRefused(String id) {
    assertThrows(IllegalArgumentException.class, () -> new Place(id, "job", StreamName.OUT));
    assertThrows(IllegalArgumentException.class, () -> new Place("session", id, StreamName.OUT));
    assertThrows(IllegalArgumentException.class, () -> log.forget(id));
    assertThrows(IllegalArgumentException.class, () -> log.forget("session", id));
    assertThrows(IllegalArgumentException.class, () -> log.sync("session", id));
    assertThrows(IllegalArgumentException.class, () -> log.watch(id, "job", () -> {}));
  }

  @Test
  void anIdOf64CharactersIsTakenAndOneMoreIsNot() throws IOException {
    Place longest = new Place("s".repeat(64), "j".repeat(64), StreamName.ERR);
    log.append(longest, 0, bytes("x"));
    assertEquals("x", text(longest));
    assertThrows(
        IllegalArgumentException.class, () -> new Place("s".repeat(65), "job", StreamName.OUT));
  }

  @Test
  void aReadOutsideItsLimitsIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> log.read(OUT, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> log.read(OUT, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> log.read(OUT, 0, 1024 * 1024 + 1));
  }

  @Test
  void watchersHearOfTheirJobUntilTheyStop() throws IOException {
    AtomicInteger first = new AtomicInteger();
    AtomicInteger second = new AtomicInteger();
    Watch one = log.watch(session, "job-1", first::incrementAndGet);
    Watch two = log.watch(session, "job-1", second::incrementAndGet);
    log.watch(
        session,
        "job-1",
        () -> {
          throw new IllegalStateException("a watcher that fails harms nobody");
        });
    log.append(OUT, 0, bytes("a"));
    log.append(ERR, 0, bytes("a"));
    log.append(ERR, 0, bytes("a"));
    log.append(new Place(session, "job-2", StreamName.OUT), 0, bytes("a"));
    assertEquals(2, first.get());
    one.close();
    one.close();
    log.skipTo(OUT, 100);
    assertEquals(2, first.get());
    assertEquals(3, second.get());
    log.forget(session);
    assertEquals(4, second.get());
    two.close();
  }

  @Test
  void readersBesideAWriterSeeAPrefixAtAnyMoment() throws Exception {
    byte[] content = random(400_000, 3);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<byte[]> follower =
          () -> {
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            while (seen.size() < content.length) {
              Piece piece = log.read(OUT, seen.size(), 5000);
              assertEquals(seen.size(), piece.offset());
              seen.write(array(piece));
            }
            return seen.toByteArray();
          };
      List<Future<byte[]>> readers =
          List.of(threads.submit(follower), threads.submit(follower), threads.submit(follower));
      Future<?> writer =
          threads.submit(
              () -> {
                appendInPieces(content, 777);
                return null;
              });
      while (!writer.isDone()) {
        log.sync(session, "job-1");
      }
      writer.get(60, TimeUnit.SECONDS);
      for (Future<byte[]> reader : readers) {
        assertArrayEquals(content, reader.get(60, TimeUnit.SECONDS));
      }
    } finally {
      threads.shutdownNow();
    }
    reopen();
    assertArrayEquals(content, all(OUT));
  }

  @Test
  void anInterruptedThreadHarmsNobody() throws IOException {
    log.append(OUT, 0, bytes("abc"));
    Thread.currentThread().interrupt();
    try {
      log.append(OUT, 3, bytes("def"));
      assertEquals("abcdef", text(OUT));
    } finally {
      assertTrue(Thread.interrupted());
    }
    log.append(OUT, 6, bytes("ghi"));
    assertEquals("abcdefghi", text(OUT));
  }

  @Test
  void aClosedLogRefuses() throws IOException {
    log.append(OUT, 0, bytes("abc"));
    log.close();
    assertThrows(IOException.class, () -> log.append(OUT, 3, bytes("def")));
    assertThrows(IOException.class, () -> log.end(OUT));
  }

  @Test
  void whatIsForgottenIsGoneAndNothingElse() throws IOException {
    Place other = new Place(session, "job-1.out.0", StreamName.OUT);
    Place elsewhere = new Place(session + "-2", "job-1", StreamName.OUT);
    for (Place place : List.of(OUT, ERR, other, elsewhere)) {
      log.append(place, 0, bytes("a"));
    }
    log.forget(session, "job-1");
    assertEquals(List.of(0L, 0L), List.of(log.end(OUT), log.end(ERR)));
    assertEquals("a", text(other));
    log.append(OUT, 0, bytes("anew"));
    reopen();
    assertEquals("anew", text(OUT));
    log.forget(session);
    log.forget("never-seen");
    assertEquals(List.of(0L, 0L), List.of(log.end(OUT), log.end(other)));
    assertEquals("a", text(elsewhere));
    log.forget(session + "-2");
  }

  void appendInPieces(byte[] content, int size) throws IOException {
    for (int at = 0; at < content.length; at += size) {
      log.append(OUT, at, ByteBuffer.wrap(content, at, Math.min(size, content.length - at)));
    }
  }

  String text(Place place) throws IOException {
    return new String(all(place), UTF_8);
  }

  byte[] all(Place place) throws IOException {
    return all(log, place);
  }

  static byte[] all(OutputLog log, Place place) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    long offset = 0;
    while (true) {
      Piece piece = log.read(place, offset, 3000);
      if (!piece.bytes().hasRemaining()) {
        return all.toByteArray();
      }
      offset = piece.offset() + piece.bytes().remaining();
      all.write(array(piece));
    }
  }

  static byte[] array(Piece piece) {
    byte[] bytes = new byte[piece.bytes().remaining()];
    piece.bytes().get(piece.bytes().position(), bytes);
    return bytes;
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
