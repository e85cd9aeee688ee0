package dev.holdfast.output;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.output.OutputLog.Piece;
import dev.holdfast.output.OutputLog.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** The log against an array of bytes, through random use, crashes and damage. */
class FileOutputLogProperties {
  private static final int SEGMENT = 500;
  private static final Place PLACE = new Place("session", "job", StreamName.OUT);

  private Path directory;
  private FileOutputLog log;
  private Model model;

  @BeforeTry
  void open() throws IOException {
    directory = Files.createTempDirectory("output-log");
    model = new Model();
    reopen();
  }

  @AfterTry
  void delete() throws IOException {
    log.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void reopen() throws IOException {
    if (log != null) {
      log.close();
    }
    log = new FileOutputLog(directory, SEGMENT, 3);
  }

  @Property(tries = 150, shrinking = ShrinkingMode.BOUNDED)
  void theLogHoldsWhatAnArrayWouldHold(@ForAll("uses") List<Use> uses) throws IOException {
    for (Use use : uses) {
      use.on(this);
      assertEquals(model.end, log.end(PLACE));
    }
    assertAllCanBeRead();
    reopen();
    assertAllCanBeRead();
  }

  @Property(tries = 150, shrinking = ShrinkingMode.BOUNDED)
  void aCrashCutsTheLogAtAFrameAndWritingGoesOn(
      @ForAll("uses") List<Use> uses,
      @ForAll @DoubleRange(max = 1, maxIncluded = false) double where)
      throws IOException {
    for (Use use : uses) {
      use.on(this);
    }
    append(0, 100);
    log.close();
    Path last = segments().get(segments().size() - 1);
    byte[] whole = Files.readAllBytes(last);
    Files.write(last, Arrays.copyOf(whole, (int) (where * whole.length)));
    reopen();
    long end = log.end(PLACE);
    assertTrue(end <= model.end);
    assertTrue(end >= Math.min(base(last), lastEndBefore(base(last))));
    model.cutTo(end);
    assertAllCanBeRead();
    append(0, 700);
    append(-10, 50);
    reopen();
    assertEquals(model.end, log.end(PLACE));
    assertAllCanBeRead();
  }

  @Property(tries = 250, shrinking = ShrinkingMode.BOUNDED)
  void aFlippedBitIsNoticedAndNothingElseIsLost(
      @ForAll("uses") List<Use> uses,
      @ForAll @DoubleRange(max = 1, maxIncluded = false) double where,
      @ForAll @IntRange(max = 7) int bit)
      throws IOException {
    for (Use use : uses) {
      use.on(this);
    }
    append(0, 100);
    log.sync("session", "job");
    log.close();
    List<Path> files = segments();
    Path file = files.get((int) (where * files.size()));
    byte[] bytes = Files.readAllBytes(file);
    int at = (int) ((where * files.size()) % 1 * bytes.length);
    bytes[at] ^= (byte) (1 << bit);
    Files.write(file, bytes);
    reopen();
    try {
      assertEquals(model.end, log.end(PLACE));
    } catch (CorruptOutputException noticed) {
      assertThrows(CorruptOutputException.class, () -> log.read(PLACE, 0, 10));
      return;
    }
    for (long offset = 0; offset < model.end; offset += 23) {
      try {
        checkRead(offset, 100);
      } catch (CorruptOutputException noticed) {
        // What was damaged is refused.
      }
    }
  }

  /** One thing that is done to the log and to the model. */
  private record Use(String name, Act act) {
    void on(FileOutputLogProperties log) throws IOException {
      act.on(log);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private interface Act {
    void on(FileOutputLogProperties log) throws IOException;
  }

  @Provide
  Arbitrary<List<Use>> uses() {
    Arbitrary<Integer> length = Arbitraries.integers().between(0, 1500);
    Arbitrary<Use> repeat =
        Combinators.combine(Arbitraries.integers().between(-900, 0), length)
            .as((b, l) -> new Use("append(" + b + ", " + l + ")", it -> it.append(b, l)));
    Arbitrary<Use> append =
        length.map(l -> new Use("append(0, " + l % 60 + ")", it -> it.append(0, l % 60)));
    Arbitrary<Use> gap =
        length.map(l -> new Use("appendBeyond " + l, it -> it.appendBeyond(l + 1)));
    Arbitrary<Use> skip = length.map(l -> new Use("skip(" + l + ")", it -> it.skip(l)));
    Arbitrary<Use> trim = length.map(l -> new Use("trim(" + 4 * l + ")", it -> it.trim(4 * l)));
    Arbitrary<Use> read =
        Combinators.combine(length, length)
            .as((o, m) -> new Use("read", it -> it.checkRead(3L * o, m + 1)));
    Arbitrary<Use> reopen = Arbitraries.just(new Use("reopen", FileOutputLogProperties::reopen));
    Arbitrary<Use> sync = Arbitraries.just(new Use("sync", it -> it.log.sync("session", "job")));
    return Arbitraries.frequencyOf(
            Tuple.of(10, repeat),
            Tuple.of(10, append),
            Tuple.of(2, gap),
            Tuple.of(2, skip),
            Tuple.of(2, trim),
            Tuple.of(5, read),
            Tuple.of(3, reopen),
            Tuple.of(2, sync))
        .list()
        .ofMaxSize(40);
  }

  private void append(int back, int length) throws IOException {
    long offset = Math.max(0, model.end + back);
    byte[] bytes = model.bytesFor(offset, length);
    log.append(PLACE, offset, ByteBuffer.wrap(bytes));
    model.stored(offset + length);
  }

  private void appendBeyond(int gap) {
    assertThrows(
        IllegalArgumentException.class,
        () -> log.append(PLACE, model.end + gap, ByteBuffer.allocate(1)));
  }

  private void skip(int gap) throws IOException {
    log.skipTo(PLACE, model.end + gap - 20);
    model.end = Math.max(model.end, model.end + gap - 20);
  }

  private void trim(int keep) throws IOException {
    log.trim(PLACE, keep);
    long begin = log.begin(PLACE);
    int first = model.present.nextSetBit((int) Math.max(0, model.end - keep));
    assertTrue(first < 0 || first >= begin, "dropped what was to be kept");
    model.present.clear(0, (int) begin);
  }

  private void assertAllCanBeRead() throws IOException {
    BitSet read = (BitSet) model.present.clone();
    long offset = 0;
    while (offset < model.end) {
      Piece piece = checkRead(offset, 333);
      int length = piece.bytes().remaining();
      read.clear((int) piece.offset(), (int) piece.offset() + length);
      if (length == 0) {
        break;
      }
      offset = piece.offset() + length;
    }
    assertEquals(new BitSet(), read, "bytes that are there and were never read");
  }

  private Piece checkRead(long offset, int max) throws IOException {
    Piece piece = log.read(PLACE, offset, max);
    ByteBuffer bytes = piece.bytes().duplicate();
    int from = (int) piece.offset();
    assertTrue(bytes.remaining() <= max);
    assertTrue(from >= offset);
    if (from > offset) {
      int missed = model.present.nextSetBit((int) offset);
      assertTrue(missed < 0 || missed >= from, "left out what is there");
    }
    if (bytes.hasRemaining()) {
      byte[] read = new byte[bytes.remaining()];
      bytes.get(read);
      assertArrayEquals(model.bytesFor(from, read.length), read);
      assertTrue(model.present.nextClearBit(from) >= from + read.length, "never stored");
    } else {
      assertFalse(model.present.nextSetBit((int) offset) >= 0, "an end that is none");
    }
    return piece;
  }

  private long lastEndBefore(long base) {
    return 1L + model.present.previousSetBit((int) base - 1);
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("session"))) {
      return files.sorted(Comparator.comparingLong(FileOutputLogProperties::base)).toList();
    }
  }

  private static long base(Path segment) {
    String name = segment.toString();
    return Long.parseLong(name.substring(name.lastIndexOf('.') + 1));
  }

  /**
   * What the log should hold: which offsets are there. The byte at an offset is always the same.
   */
  private static final class Model {
    private static final byte[] CONTENT = new byte[200_000];

    static {
      new Random(7).nextBytes(CONTENT);
    }

    private final BitSet present = new BitSet();
    private long end;

    byte[] bytesFor(long offset, int length) {
      return Arrays.copyOfRange(CONTENT, (int) offset, (int) offset + length);
    }

    void stored(long upTo) {
      if (upTo > end) {
        present.set((int) end, (int) upTo);
        end = upTo;
      }
    }

    void cutTo(long newEnd) {
      end = newEnd;
      present.clear((int) newEnd, CONTENT.length);
    }
  }
}
