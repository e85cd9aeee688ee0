package dev.holdfast.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.output.OutputLog.Piece;
import dev.holdfast.output.OutputLog.Place;
import dev.holdfast.output.OutputLog.Watch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class FileOutputLogTest {
  private static final int SEGMENT = 4096;
  private static final Place OUT = new Place("session-1", "job-1", StreamName.OUT);
  private static final Place ERR = new Place("session-1", "job-1", StreamName.ERR);

  @TempDir Path directory;
  private FileOutputLog log;

  @BeforeEach
  void open() throws IOException {
    log = new FileOutputLog(directory.resolve("output"), SEGMENT, 4);
  }

  @AfterEach
  void close() throws IOException {
    log.close();
  }

  private void reopen() throws IOException {
    close();
    open();
  }

  @Test
  void anUnknownStreamIsEmpty() throws IOException {
    assertEquals(0, log.end(OUT));
    assertEquals(0, log.begin(OUT));
    assertEquals(0, log.read(OUT, 0, 10).bytes().remaining());
    assertEquals(0, log.read(OUT, 99, 10).bytes().remaining());
    assertEquals(List.of(), files());
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
  void aSmallJobIsOneSmallFile() throws IOException {
    log.append(OUT, 0, bytes("0123456789"));
    assertEquals(List.of("job-1.out.0"), files());
    assertTrue(Files.size(folder().resolve("job-1.out.0")) < 100);
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
    List<String> before = files();
    log.append(OUT, 0, bytes("abcdef"));
    log.append(OUT, 2, bytes("cd"));
    assertEquals("abcdef", text(OUT));
    assertEquals(before, files());
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
    assertEquals(1, files().size());
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
      assertTrue(begin <= 40_000 && begin > 40_000 - 2 * SEGMENT, "begin " + begin);
      assertEquals(50_000, log.end(OUT));
      assertArrayEquals(Arrays.copyOfRange(content, (int) begin, 50_000), all(OUT));
      assertEquals(begin, log.read(OUT, 0, 1).offset());
      reopen();
    }
    log.trim(OUT, 0);
    assertEquals(50_000, log.end(OUT));
  }

  @Test
  void forgettingAJobDeletesItsFilesOnly() throws IOException {
    Place other = new Place("session-1", "job-1.out.0", StreamName.OUT);
    log.append(OUT, 0, bytes("a"));
    log.append(ERR, 0, bytes("b"));
    log.append(other, 0, bytes("c"));
    log.forget("session-1", "job-1");
    assertEquals(List.of("job-1.out.0.out.0"), files());
    assertEquals(0, log.end(OUT));
    log.append(OUT, 0, bytes("anew"));
    reopen();
    assertEquals("anew", text(OUT));
    assertEquals("c", text(other));
  }

  @Test
  void forgettingASessionDeletesItsFolder() throws IOException {
    log.append(OUT, 0, bytes("a"));
    Place elsewhere = new Place("session-2", "job-1", StreamName.OUT);
    log.append(elsewhere, 0, bytes("b"));
    log.forget("session-1");
    log.forget("never-seen");
    assertFalse(Files.exists(folder()));
    assertEquals("b", text(elsewhere));
    log.append(OUT, 0, bytes("anew"));
    assertEquals("anew", text(OUT));
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
    Watch one = log.watch("session-1", "job-1", first::incrementAndGet);
    Watch two = log.watch("session-1", "job-1", second::incrementAndGet);
    log.watch(
        "session-1",
        "job-1",
        () -> {
          throw new IllegalStateException("a watcher that fails harms nobody");
        });
    log.append(OUT, 0, bytes("a"));
    log.append(ERR, 0, bytes("a"));
    log.append(ERR, 0, bytes("a"));
    log.append(new Place("session-1", "job-2", StreamName.OUT), 0, bytes("a"));
    assertEquals(2, first.get());
    one.close();
    one.close();
    log.skipTo(OUT, 100);
    assertEquals(2, first.get());
    assertEquals(3, second.get());
    log.forget("session-1");
    assertEquals(4, second.get());
    two.close();
  }

  @Test
  void manyStreamsNeedFewOpenFiles() throws IOException {
    for (int round = 0; round < 3; round++) {
      for (int job = 0; job < 200; job++) {
        Place place = new Place("session-1", "job-" + job, StreamName.OUT);
        log.append(place, 10L * round, bytes("0123456789"));
      }
    }
    assertTrue(openFilesBelow(directory) <= 4, () -> "open files: " + openFilesBelow(directory));
    assertEquals("0123456789".repeat(3), text(new Place("session-1", "job-77", StreamName.OUT)));
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
        log.sync("session-1", "job-1");
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
  void aTornTailIsCutAndWritingGoesOnThere() throws IOException {
    log.append(OUT, 0, bytes("abc"));
    log.append(OUT, 3, bytes("def"));
    close();
    Path file = folder().resolve("job-1.out.0");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    open();
    assertEquals(3, log.end(OUT));
    assertEquals("abc", text(OUT));
    log.append(OUT, 3, bytes("xyz"));
    reopen();
    assertEquals("abcxyz", text(OUT));
  }

  @Test
  void aHoleLeftByAPowerCutIsCutWithAllThatFollowsIt() throws IOException {
    byte[] content = random(20_000, 4);
    appendInPieces(content, 1000);
    close();
    Path second = folder().resolve(segmentNames().get(1));
    Files.write(second, new byte[(int) Files.size(second)]);
    open();
    long end = log.end(OUT);
    assertTrue(end > 0 && end <= SEGMENT, "end " + end);
    log.append(OUT, end, ByteBuffer.wrap(content, (int) end, content.length - (int) end));
    reopen();
    assertArrayEquals(content, all(OUT));
  }

  @Test
  void damageToWhatWasSyncedIsReportedAndNothingIsCut() throws IOException {
    byte[] content = random(3000, 5);
    appendInPieces(content, 1000);
    log.sync("session-1", "job-1");
    close();
    Path file = folder().resolve("job-1.out.0");
    byte[] bytes = Files.readAllBytes(file);
    bytes[1500] ^= 1;
    Files.write(file, bytes);
    open();
    assertEquals(3000, log.end(OUT));
    assertArrayEquals(Arrays.copyOf(content, 1000), array(log.read(OUT, 0, 1000)));
    assertThrows(CorruptOutputException.class, () -> log.read(OUT, 1000, 1000));
    assertArrayEquals(Arrays.copyOfRange(content, 2000, 3000), array(log.read(OUT, 2000, 1000)));
    log.append(OUT, 3000, bytes("more"));
    assertEquals("more", new String(array(log.read(OUT, 3000, 10)), UTF_8));
  }

  @Test
  void aSyncedSegmentThatLostItsEndIsReported() throws IOException {
    byte[] content = random(20_000, 6);
    appendInPieces(content, 1000);
    log.sync("session-1", "job-1");
    close();
    Path first = folder().resolve("job-1.out.0");
    byte[] whole = Files.readAllBytes(first);
    Files.write(first, Arrays.copyOf(whole, 32 + 1016));
    open();
    assertEquals(20_000, log.end(OUT));
    assertEquals(1000, log.read(OUT, 0, 5000).bytes().remaining());
    assertThrows(CorruptOutputException.class, () -> log.read(OUT, 1000, 10));
    assertEquals(10, log.read(OUT, 10_000, 10).bytes().remaining());
  }

  @Test
  @DisplayName("behaviour 37: a full disk is a typed answer, and nothing half-written is visible")
  void anAppendThatTheDiskRefusesLeavesNothingVisible() throws Exception {
    try (SmallDisk disk = SmallDisk.of(512);
        FileOutputLog small = new FileOutputLog(disk.directory().resolve("output"), SEGMENT, 4)) {
      byte[] content = random(40_000, 7);
      small.append(OUT, 0, ByteBuffer.wrap(content, 0, 10_000));
      Path ballast = disk.fill();
      ByteBuffer rest = ByteBuffer.wrap(content, 10_000, 30_000);
      assertThrows(IOException.class, () -> small.append(OUT, 10_000, rest));
      assertThrows(IOException.class, () -> small.append(ERR, 0, rest));
      assertEquals(10_000, small.end(OUT));
      assertEquals(0, small.end(ERR));
      assertEquals(0, small.read(OUT, 10_000, 100).bytes().remaining());
      assertArrayEquals(Arrays.copyOf(content, 10_000), all(small, OUT));
      try (FileOutputLog again =
          new FileOutputLog(disk.directory().resolve("output"), SEGMENT, 4)) {
        assertArrayEquals(Arrays.copyOf(content, 10_000), all(again, OUT));
        assertEquals(0, again.end(ERR));
      }
      Files.delete(ballast);
      small.append(OUT, 10_000, rest);
      small.sync("session-1", "job-1");
      assertArrayEquals(content, all(small, OUT));
      try (FileOutputLog again =
          new FileOutputLog(disk.directory().resolve("output"), SEGMENT, 4)) {
        assertArrayEquals(content, all(again, OUT));
      }
    }
  }

  @Test
  void aClosedLogRefuses() throws IOException {
    log.append(OUT, 0, bytes("abc"));
    log.close();
    assertThrows(IOException.class, () -> log.append(OUT, 3, bytes("def")));
    assertThrows(IOException.class, () -> log.end(OUT));
  }

  private void appendInPieces(byte[] content, int size) throws IOException {
    for (int at = 0; at < content.length; at += size) {
      log.append(OUT, at, ByteBuffer.wrap(content, at, Math.min(size, content.length - at)));
    }
  }

  private Path folder() {
    return directory.resolve("output").resolve("session-1");
  }

  private List<String> files() throws IOException {
    if (!Files.exists(folder())) {
      return List.of();
    }
    try (var names = Files.list(folder())) {
      return names.map(name -> name.getFileName().toString()).sorted().toList();
    }
  }

  private List<String> segmentNames() throws IOException {
    return files().stream()
        .sorted(
            (a, b) ->
                Long.compare(
                    Long.parseLong(a.substring(a.lastIndexOf('.') + 1)),
                    Long.parseLong(b.substring(b.lastIndexOf('.') + 1))))
        .toList();
  }

  private static long openFilesBelow(Path directory) {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(
              link -> {
                try {
                  return Files.readSymbolicLink(link).startsWith(directory.toRealPath());
                } catch (IOException closedMeanwhile) {
                  return false;
                }
              })
          .count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String text(Place place) throws IOException {
    return new String(all(place), UTF_8);
  }

  private byte[] all(Place place) throws IOException {
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

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
