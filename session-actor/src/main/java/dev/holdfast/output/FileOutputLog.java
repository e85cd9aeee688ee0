package dev.holdfast.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Job output in files under one directory, which belongs to this process alone: {@code
 * <session>/<job>.<out|err|in>.<offset of the first byte>}. A file is a segment of a stream: a
 * header and checksummed frames, see {@link Frames}. When a segment is full the next one is begun;
 * a job with little output is one small file.
 *
 * <p>Appends go to the operating system and survive the death of this process; {@link #sync} makes
 * them survive a power cut. What an append was doing when the process died is cut off at the first
 * use of the stream.
 *
 * <p>Bounds: at most 256 files are kept open beside those in use at the moment; file names are
 * remembered for the sessions used last, up to about 100,000 streams (some 300 bytes each, and 8
 * KiB for a full segment that was lately written or read, of which a stream remembers at most 17).
 *
 * <p>Each stream has its own lock: jobs do not wait for each other, and a reader waits for at most
 * one append of its own stream. No thread belongs to the log.
 */
public final class FileOutputLog implements OutputLog {
  /** What a segment file holds before the next one is begun. */
  public static final int SEGMENT_BYTES = 8 * 1024 * 1024;

  /** The most bytes one {@link #read} may ask for. */
  public static final int MAX_READ = 1024 * 1024;

  private static final int OPEN_FILES = 256;
  private static final int REMEMBERED_STREAMS = 100_000;

  private final Path directory;
  private final LeasedCache<Path, SegmentFile> files;
  private final LeasedCache<String, SessionFolder> sessions;
  private final Watchers watchers = new Watchers();

  /** Opens the log; the directory is made, for its owner only, if it is missing. */
  public FileOutputLog(Path directory) throws IOException {
    this(directory, SEGMENT_BYTES, OPEN_FILES);
  }

  FileOutputLog(Path directory, int segmentBytes, int openFiles) throws IOException {
    PrivateDirectory.create(directory);
    this.directory = directory;
    files = new LeasedCache<>(openFiles, SegmentFile::new, file -> 1);
    sessions =
        new LeasedCache<>(
            REMEMBERED_STREAMS,
            session -> new SessionFolder(directory.resolve(session), segmentBytes, files),
            SessionFolder::size);
  }

  @Override
  public long end(Place place) throws IOException {
    return use(place, StreamFiles::end);
  }

  @Override
  public long begin(Place place) throws IOException {
    return use(place, StreamFiles::begin);
  }

  @Override
  public void append(Place place, long offset, ByteBuffer bytes) throws IOException {
    change(place, stream -> stream.append(offset, bytes));
  }

  @Override
  public void skipTo(Place place, long offset) throws IOException {
    change(place, stream -> stream.skipTo(offset));
  }

  @Override
  public void trim(Place place, long keep) throws IOException {
    if (keep < 0) {
      throw new IllegalArgumentException("cannot keep " + keep + " bytes");
    }
    change(place, stream -> stream.trim(keep));
  }

  @Override
  public void sync(String session, String job) throws IOException {
    for (StreamName name : StreamName.values()) {
      use(
          new Place(session, job, name),
          stream -> {
            stream.sync();
            return true;
          });
    }
  }

  @Override
  public Piece read(Place place, long offset, int max) throws IOException {
    if (offset < 0 || max < 1 || max > MAX_READ) {
      throw new IllegalArgumentException("cannot read " + max + " bytes from offset " + offset);
    }
    return use(place, stream -> stream.read(offset, max));
  }

  @Override
  public Watch watch(String session, String job, Runnable changed) {
    return watchers.add(Place.checked(session), Place.checked(job), changed);
  }

  @Override
  public void forget(String session, String job) throws IOException {
    Place.checked(job);
    try (var folder = sessions.lease(Place.checked(session))) {
      folder.value().forget(job);
    }
    watchers.changed(session, job);
  }

  @Override
  public void forget(String session) throws IOException {
    try (var folder = sessions.lease(Place.checked(session))) {
      folder.value().forget();
    }
    watchers.changed(session);
  }

  /** The sessions of which there is output. */
  public List<String> sessions() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(Files::isDirectory)
          .map(it -> it.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  /** Every stream of a session of which there is something. */
  public List<Place> places(String session) throws IOException {
    try (var folder = sessions.lease(Place.checked(session))) {
      return folder.value().places(session);
    }
  }

  /** Closes the files. It does not sync; calls that are under way end first or fail. */
  @Override
  public void close() throws IOException {
    sessions.close();
    files.close();
  }

  private void change(Place place, SessionFolder.Use<Boolean> what) throws IOException {
    if (use(place, what)) {
      watchers.changed(place.session(), place.job());
    }
  }

  private <T> T use(Place place, SessionFolder.Use<T> what) throws IOException {
    try (var folder = sessions.lease(place.session())) {
      return folder.value().use(place, what);
    }
  }
}
