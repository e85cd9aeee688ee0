package dev.holdfast.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.output.OutputLog.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of an embedded node, and what it makes of its files. */
class FileOutputLogTest extends OutputLogContract {

  @TempDir Path directory;

  @Override
  OutputLog openLog() throws IOException {
    return new FileOutputLog(directory.resolve("output"), UNIT, 4);
  }

  @Test
  void aSmallJobIsOneSmallFile() throws IOException {
    log.append(OUT, 0, bytes("0123456789"));
    assertEquals(List.of("job-1.out.0"), files());
    assertTrue(Files.size(folder().resolve("job-1.out.0")) < 100);
  }

  @Test
  void everyStreamIsFoundAgainThatOfTheInputToo() throws IOException {
    Place input = new Place(session, "job-1.out.7", StreamName.IN);
    log.append(OUT, 0, bytes("a"));
    log.append(input, 0, bytes("given"));
    reopen();
    assertEquals("given", text(input));
    assertEquals(List.of(session), ((FileOutputLog) log).sessions());
    assertEquals(List.of(OUT, input), ((FileOutputLog) log).places(session));
    log.forget(session, "job-1.out.7");
    assertEquals(List.of("job-1.out.0"), files());
  }

  @Test
  void forgettingAJobDeletesItsFilesOnly() throws IOException {
    Place other = new Place(session, "job-1.out.0", StreamName.OUT);
    log.append(OUT, 0, bytes("a"));
    log.append(ERR, 0, bytes("b"));
    log.append(other, 0, bytes("c"));
    log.forget(session, "job-1");
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
    log.forget(session);
    log.forget("never-seen");
    assertFalse(Files.exists(folder()));
    assertEquals("b", text(elsewhere));
    log.append(OUT, 0, bytes("anew"));
    assertEquals("anew", text(OUT));
  }

  @Test
  void manyStreamsNeedFewOpenFiles() throws IOException {
    for (int round = 0; round < 3; round++) {
      for (int job = 0; job < 200; job++) {
        Place place = new Place(session, "job-" + job, StreamName.OUT);
        log.append(place, 10L * round, bytes("0123456789"));
      }
    }
    assertTrue(openFilesBelow(directory) <= 4, () -> "open files: " + openFilesBelow(directory));
    assertEquals("0123456789".repeat(3), text(new Place(session, "job-77", StreamName.OUT)));
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
    assertTrue(end > 0 && end <= UNIT, "end " + end);
    log.append(OUT, end, ByteBuffer.wrap(content, (int) end, content.length - (int) end));
    reopen();
    assertArrayEquals(content, all(OUT));
  }

  @Test
  void damageToWhatWasSyncedIsReportedAndNothingIsCut() throws IOException {
    byte[] content = random(3000, 5);
    appendInPieces(content, 1000);
    log.sync(session, "job-1");
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

  /**
   * Regression: the damaged frame hid the marker, so that synced output was cut like a torn tail.
   */
  @Test
  void aDamagedLengthThatReachesOverTheMarkerIsReported() throws IOException {
    log.append(OUT, 0, ByteBuffer.wrap(random(15, 8)));
    log.append(OUT, 15, ByteBuffer.wrap(random(100, 9)));
    log.sync(session, "job-1");
    close();
    Path file = folder().resolve("job-1.out.0");
    byte[] bytes = Files.readAllBytes(file);
    int lowByteOfLength = 32 + 3;
    assertEquals(15, bytes[lowByteOfLength]);
    bytes[lowByteOfLength] ^= (byte) 128;
    Files.write(file, bytes);
    open();
    assertThrows(CorruptOutputException.class, () -> log.end(OUT));
    close();
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  /** Regression: the marker was counted as output. */
  @Test
  void aDamagedLengthThatReachesToTheEndOfTheMarkerIsReported() throws IOException {
    log.append(OUT, 0, ByteBuffer.wrap(random(100, 9)));
    log.sync(session, "job-1");
    close();
    Path file = folder().resolve("job-1.out.0");
    byte[] bytes = Files.readAllBytes(file);
    bytes[32 + 3] ^= 16;
    assertEquals(116, bytes[32 + 3]);
    Files.write(file, bytes);
    open();
    assertThrows(CorruptOutputException.class, () -> log.end(OUT));
  }

  @Test
  void aSyncedSegmentThatLostItsEndIsReported() throws IOException {
    byte[] content = random(20_000, 6);
    appendInPieces(content, 1000);
    log.sync(session, "job-1");
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
        FileOutputLog small = new FileOutputLog(disk.directory().resolve("output"), UNIT, 4)) {
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
      try (FileOutputLog again = new FileOutputLog(disk.directory().resolve("output"), UNIT, 4)) {
        assertArrayEquals(Arrays.copyOf(content, 10_000), all(again, OUT));
        assertEquals(0, again.end(ERR));
      }
      Files.delete(ballast);
      small.append(OUT, 10_000, rest);
      small.sync(session, "job-1");
      assertArrayEquals(content, all(small, OUT));
      try (FileOutputLog again = new FileOutputLog(disk.directory().resolve("output"), UNIT, 4)) {
        assertArrayEquals(content, all(again, OUT));
      }
    }
  }

  private Path folder() {
    return directory.resolve("output").resolve(session);
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
}
