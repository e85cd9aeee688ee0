package dev.holdfast.output;

import dev.holdfast.output.OutputLog.Piece;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One stream of one job: a chain of segment files, of which only the last is written.
 *
 * <p>The names say which segments there are; everything else is learnt when it is first needed.
 * Before the stream's end is used for the first time, the newest segments are read back, from the
 * last one to the first that says how far the output was synced. Where the first faulty frame
 * beyond that point begins, the stream is cut: that is the torn tail of a crash. A fault before
 * that point is damage, and is left as it is for a reader to run into.
 */
final class StreamFiles {
  /** How many sealed segments' positions are remembered for readers. */
  private static final int REMEMBERED = 16;

  /** The most bytes written to a file by one call. */
  private static final int BATCH = 1024 * 1024;

  private final SessionFolder folder;
  private final String prefix;
  private final int segmentBytes;
  private final int frameBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final ReentrantLock syncing = new ReentrantLock();

  private final TreeSet<Long> bases = new TreeSet<>();
  private final LinkedHashMap<Long, Segment> sealed =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Segment> eldest) {
          return size() > REMEMBERED;
        }
      };
  private final Set<Long> unsyncedFiles = new HashSet<>();
  private boolean unsyncedNames;
  private boolean recovered;

  /** The segment that is written; null while there is none. */
  private Segment tail;

  /** Whether the last file may hold more than the tail says, from an append that failed. */
  private boolean overhang;

  /** Up to where a marker says that the output is on the disk. */
  private long marked = -1;

  /**
   * @param prefix of the file names: job, stream, and a dot
   */
  StreamFiles(SessionFolder folder, String prefix, int segmentBytes) {
    this.folder = folder;
    this.prefix = prefix;
    this.segmentBytes = segmentBytes;
    this.frameBytes = Math.min(Frames.MAX_FRAME, segmentBytes);
  }

  /** Notes a file that was found; only before the first use. */
  void found(long base) {
    bases.add(base);
  }

  long end() throws IOException {
    return locked(this::knownEnd);
  }

  long begin() throws IOException {
    return locked(() -> bases.isEmpty() ? 0 : bases.first());
  }

  /** Returns whether anything changed. */
  boolean append(long offset, ByteBuffer bytes) throws IOException {
    return locked(
        () -> {
          long end = knownEnd();
          if (offset < 0 || offset > end) {
            throw new IllegalArgumentException(
                "append at " + offset + " would leave a gap: the output ends at " + end);
          }
          int known = (int) Math.min(end - offset, bytes.remaining());
          ByteBuffer fresh = bytes.slice(bytes.position() + known, bytes.remaining() - known);
          if (!fresh.hasRemaining()) {
            return false;
          }
          allOrNothing(
              () -> {
                while (fresh.hasRemaining()) {
                  if (tail == null || tail.length() >= segmentBytes) {
                    roll(knownEnd(), knownEnd());
                  }
                  writeFrames(fresh);
                }
              });
          return true;
        });
  }

  /** Returns whether anything changed. */
  boolean skipTo(long offset) throws IOException {
    return locked(
        () -> {
          long end = knownEnd();
          if (offset <= end) {
            return false;
          }
          allOrNothing(() -> roll(end, offset));
          return true;
        });
  }

  /** Returns whether anything changed. */
  boolean trim(long keep) throws IOException {
    return locked(
        () -> {
          long end = knownEnd();
          boolean changed = false;
          while (bases.size() > 1 && end - bases.higher(bases.first()) >= keep) {
            drop(bases.first());
            changed = true;
          }
          return changed;
        });
  }

  Piece read(long from, int max) throws IOException {
    return locked(
        () -> {
          long end = knownEnd();
          long offset = bases.isEmpty() ? from : Math.max(from, bases.first());
          while (offset < end) {
            Segment segment = segment(bases.floor(offset));
            if (offset < segment.end()) {
              return new Piece(offset, readFrames(segment, offset, max));
            }
            offset = afterGap(segment, offset);
          }
          return new Piece(offset, ByteBuffer.allocate(0));
        });
  }

  /**
   * Makes everything stored before the call survive a power cut. Appends and reads go on meanwhile;
   * a second caller waits for the first.
   */
  void sync() throws IOException {
    syncing.lock();
    try {
      Unsynced unsynced = locked(this::takeUnsynced);
      try {
        for (long base : unsynced.files()) {
          syncFile(base);
        }
        if (unsynced.names()) {
          folder.syncNames();
        }
      } catch (IOException e) {
        locked(() -> putBack(unsynced));
        throw e;
      }
      if (!unsynced.files().isEmpty()) {
        locked(() -> mark(unsynced.end()));
      }
    } finally {
      syncing.unlock();
    }
  }

  /** What a sync has to see to, for the output up to {@code end} to be safe. */
  private record Unsynced(long end, Set<Long> files, boolean names) {}

  private Unsynced takeUnsynced() throws IOException {
    long end = knownEnd();
    Unsynced taken = new Unsynced(end, Set.copyOf(unsyncedFiles), unsyncedNames);
    unsyncedFiles.clear();
    unsyncedNames = false;
    return taken;
  }

  private boolean putBack(Unsynced taken) {
    unsyncedFiles.addAll(taken.files());
    unsyncedFiles.retainAll(bases);
    unsyncedNames |= taken.names();
    return true;
  }

  private void syncFile(long base) throws IOException {
    try (var file = folder.file(name(base))) {
      file.value().sync();
    } catch (NoSuchFileException e) {
      if (locked(() -> bases.contains(base))) {
        throw e;
      }
      // Dropped meanwhile.
    }
  }

  /** Deletes the files; the caller sees to it that nobody uses the stream meanwhile. */
  void delete() throws IOException {
    while (!bases.isEmpty()) {
      drop(bases.last());
    }
  }

  private String name(long base) {
    return prefix + base;
  }

  private long knownEnd() throws IOException {
    if (!recovered) {
      recover();
      recovered = true;
    }
    return tail == null ? 0 : tail.end();
  }

  // Writing

  /** Starts a new segment. */
  private void roll(long previousEnd, long base) throws IOException {
    if (tail != null) {
      sealed.put(tail.base, tail);
    }
    bases.add(base);
    unsyncedFiles.add(base);
    unsyncedNames = true;
    tail = new Segment(base);
    folder.create(name(base));
    write(0, Frames.header(base, previousEnd), Frames.HEADER);
  }

  /** Writes as many frames as fit into the tail, at least one. */
  private void writeFrames(ByteBuffer bytes) throws IOException {
    int room = Math.max(frameBytes, Math.min(BATCH, segmentBytes - tail.length()));
    int amount = Math.min(room, bytes.remaining());
    int frames = (amount + frameBytes - 1) / frameBytes;
    byte[] batch = new byte[amount + frames * Frames.FRAME_HEADER];
    int at = 0;
    long offset = tail.end();
    List<Integer> lengths = new ArrayList<>(frames);
    while (at < batch.length) {
      int length = Math.min(frameBytes, batch.length - at - Frames.FRAME_HEADER);
      bytes.get(batch, at + Frames.FRAME_HEADER, length);
      Frames.seal(batch, at, length, offset);
      lengths.add(length);
      at += Frames.FRAME_HEADER + length;
      offset += length;
    }
    write(tail.length(), batch, batch.length);
    lengths.forEach(tail::add);
    unsyncedFiles.add(tail.base);
  }

  private void write(int position, byte[] bytes, int length) throws IOException {
    try (var file = folder.file(name(tail.base))) {
      if (overhang) {
        file.value().truncate(tail.length());
        overhang = false;
      }
      file.value().write(position, bytes, length);
    }
  }

  /** Runs a change of the tail; if it fails, the stream is as it was before. */
  private void allOrNothing(Change change) throws IOException {
    Segment before = tail;
    long end = before == null ? 0 : before.end();
    int length = before == null ? 0 : before.length();
    try {
      change.run();
    } catch (IOException | RuntimeException e) {
      try {
        while (!bases.isEmpty() && (before == null || bases.last() > before.base)) {
          drop(bases.last());
        }
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      tail = before;
      if (before != null) {
        sealed.remove(before.base);
        before.cut(end, length);
        shorten(before, e);
      }
      throw e;
    }
  }

  /** Takes from the file what a failed append left; if even that fails, the next append does it. */
  private void shorten(Segment segment, Exception cause) {
    overhang = true;
    try (var file = folder.file(name(segment.base))) {
      file.value().truncate(segment.length());
      overhang = false;
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private void drop(long base) throws IOException {
    bases.remove(base);
    unsyncedFiles.remove(base);
    sealed.remove(base);
    unsyncedNames = true;
    folder.delete(name(base));
  }

  /** Writes down how far the output is safe. Nothing is lost when the disk has no room for it. */
  private boolean mark(long durable) {
    if (tail == null || durable <= marked) {
      return false;
    }
    try {
      write(tail.length(), Frames.marker(durable), Frames.FRAME_HEADER);
      tail.add(0);
      marked = durable;
      return true;
    } catch (IOException e) {
      shorten(tail, e);
      return false;
    }
  }

  // Reading

  private Segment segment(long base) throws IOException {
    if (base == tail.base) {
      return tail;
    }
    Segment known = sealed.get(base);
    if (known == null) {
      known = scan(base).segment();
      sealed.put(base, known);
    }
    return known;
  }

  private ByteBuffer readFrames(Segment segment, long offset, int max) throws IOException {
    int start = segment.positionBefore(offset);
    int stop = segment.positionAfter(Math.min(offset + max, segment.end()));
    byte[] region;
    try (var file = folder.file(name(segment.base))) {
      region = file.value().read(start, stop - start);
    }
    ByteBuffer result = ByteBuffer.allocate((int) Math.min(max, segment.end() - offset));
    int at = 0;
    while (result.hasRemaining()) {
      long wanted = offset + result.position();
      int length = soundLength(region, at);
      long first = Frames.offset(region, at);
      if (length > 0 && first + length > wanted) {
        if (first > wanted || !Frames.whole(region, at)) {
          throw damaged(segment, start + at);
        }
        int skip = (int) (wanted - first);
        int amount = Math.min(length - skip, result.remaining());
        result.put(region, at + Frames.FRAME_HEADER + skip, amount);
      }
      at += Frames.FRAME_HEADER + length;
    }
    return result.flip();
  }

  /** The length of a frame if it lies within the region; else as if it ended there. */
  private int soundLength(byte[] region, int at) throws CorruptOutputException {
    int room = region.length - at - Frames.FRAME_HEADER;
    int length = room < 0 ? -1 : Frames.length(region, at);
    if (length < 0 || length > room) {
      throw new CorruptOutputException(
          "stored output is damaged: a frame of " + folder.path(prefix) + "* has a wrong length");
    }
    return length;
  }

  /** Where output goes on after a sealed segment: at once, or after what was declared lost. */
  private long afterGap(Segment segment, long offset) throws IOException {
    long next = bases.higher(segment.base);
    byte[] header;
    try (var file = folder.file(name(next))) {
      header = file.value().read(0, Frames.HEADER);
    }
    long previousEnd = Frames.previousEnd(header, next);
    if (previousEnd != segment.end()) {
      throw damaged(segment, segment.length());
    }
    return Math.max(next, offset);
  }

  private CorruptOutputException damaged(Segment segment, int position) {
    return new CorruptOutputException(
        "stored output is damaged: "
            + folder.path(name(segment.base))
            + " at byte "
            + position
            + " of the file");
  }

  // Recovery

  private Scan scan(long base) throws IOException {
    try (var file = folder.file(name(base))) {
      return Scan.of(base, file.value().readAll());
    }
  }

  private void recover() throws IOException {
    if (bases.isEmpty()) {
      return;
    }
    Deque<Scan> newest = new ArrayDeque<>();
    long durable = -1;
    for (Long base = bases.last(); base != null; base = bases.lower(base)) {
      Scan scan = scan(base);
      newest.addFirst(scan);
      durable = Math.max(durable, scan.durable());
      if (durable > base) {
        break;
      }
    }
    marked = durable;
    Scan last = null;
    for (Scan scan : newest) {
      // Written by an earlier process: whether it is on the disk is not known.
      unsyncedFiles.add(scan.segment().base);
      unsyncedNames = true;
      boolean follows =
          last == null || scan.previousEnd() == last.segment().end() || scan.previousEnd() < 0;
      if (!follows && last.segment().end() >= durable) {
        cut(last);
        return;
      }
      boolean faulty = scan.broken() || scan.soundEnd() < scan.segment().end();
      if (faulty && scan.soundEnd() >= durable) {
        cutWithin(scan, last);
        return;
      }
      last = scan;
    }
    if (last.broken()) {
      throw damaged(last.segment(), last.segment().length());
    }
    tail = last.segment();
  }

  private void cutWithin(Scan scan, Scan before) throws IOException {
    Segment segment = scan.segment();
    if (scan.previousEnd() >= 0) {
      segment.cut(scan.soundEnd(), scan.soundLength());
      cut(scan);
    } else if (before != null) {
      cut(before);
    } else {
      cut(scan);
      write(0, Frames.header(segment.base, segment.base), Frames.HEADER);
    }
  }

  /** Ends the stream where this segment's known frames end. */
  private void cut(Scan scan) throws IOException {
    Segment segment = scan.segment();
    while (bases.last() > segment.base) {
      drop(bases.last());
    }
    try (var file = folder.file(name(segment.base))) {
      file.value().truncate(segment.length());
    }
    unsyncedFiles.add(segment.base);
    tail = segment;
  }

  private <T> T locked(Work<T> work) throws IOException {
    lock.lock();
    try {
      return work.run();
    } finally {
      lock.unlock();
    }
  }

  private interface Work<T> {
    T run() throws IOException;
  }

  private interface Change {
    void run() throws IOException;
  }
}
