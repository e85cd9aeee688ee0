package dev.holdfast.output;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.output.OutputLog.Piece;
import dev.holdfast.output.OutputLog.Watch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every log keeps that several processes write and read, on a server. */
abstract class TableOutputLogContract extends OutputLogContract {
  static final Duration NEVER = Duration.ofHours(1);
  static final Buckets SMALL = new Buckets(UNIT);

  /** The tables, over the connection of all tests. */
  abstract ChunkTable table(Duration ttl) throws IOException;

  /** Gives the chunk of {@code OUT} from 1000 to 2000 other bytes. */
  abstract void damage() throws Exception;

  /** Loses it. */
  abstract void lose() throws Exception;

  /** The server answers nothing until {@link #resume}. */
  abstract void pause() throws IOException;

  abstract void resume() throws IOException;

  /** A log with a connection of its own that gives up after half a second or a little more. */
  abstract OutputLog hasty() throws IOException;

  @Override
  final OutputLog openLog() throws IOException {
    return log(Duration.ofDays(1), NEVER);
  }

  private OutputLog log(Duration ttl, Duration poll) throws IOException {
    return new TableOutputLog(table(ttl), poll, SMALL);
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
  void damageIsReportedAndTheRestCanBeRead() throws Exception {
    byte[] content = random(3000, 13);
    appendInPieces(content, 1000);
    damage();
    assertThrows(CorruptOutputException.class, () -> log.read(OUT, 1500, 10));
    assertArrayEquals(Arrays.copyOfRange(content, 2000, 3000), array(log.read(OUT, 2000, 1000)));
    lose();
    assertThrows(CorruptOutputException.class, () -> log.read(OUT, 1500, 10));
    assertArrayEquals(Arrays.copyOf(content, 1000), array(log.read(OUT, 0, 3000)));
  }

  @Test
  void anAppendThatIsNotAnsweredFailsInTimeAndCanBeRepeated() throws IOException {
    byte[] content = random(200_000, 14);
    try (OutputLog stalled = hasty()) {
      stalled.append(OUT, 0, ByteBuffer.wrap(content, 0, 1000));
      pause();
      try {
        assertThrows(
            IOException.class,
            () -> stalled.append(OUT, 1000, ByteBuffer.wrap(content, 1000, 150_000)));
      } finally {
        resume();
      }
    }
    log.append(OUT, 0, ByteBuffer.wrap(content));
    assertArrayEquals(content, all(OUT));
    assertEquals(content.length, log.end(OUT));
  }
}
