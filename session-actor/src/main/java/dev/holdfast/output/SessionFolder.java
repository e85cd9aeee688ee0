package dev.holdfast.output;

import dev.holdfast.output.OutputLog.Place;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The directory of one session. Its names are read once, when it is first used, so that a new job
 * costs no search however many jobs are kept.
 *
 * <p>Any number of callers may use streams at the same time; deleting waits until nobody does.
 */
final class SessionFolder implements Closeable {
  private static final Pattern SEGMENT = Pattern.compile("(.+\\.(?:out|err|in)\\.)(\\d{1,19})");

  private final Path directory;
  private final int segmentBytes;
  private final LeasedCache<Path, SegmentFile> files;
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
  private Map<String, StreamFiles> streams;

  SessionFolder(Path directory, int segmentBytes, LeasedCache<Path, SegmentFile> files) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.files = files;
  }

  interface Use<T> {
    T of(StreamFiles stream) throws IOException;
  }

  <T> T use(Place place, Use<T> what) throws IOException {
    use.readLock().lock();
    try {
      return what.of(stream(place));
    } finally {
      use.readLock().unlock();
    }
  }

  void forget(String job) throws IOException {
    use.writeLock().lock();
    try {
      for (StreamName name : StreamName.values()) {
        StreamFiles stream = streams().remove(prefix(job, name));
        if (stream != null) {
          stream.delete();
        }
      }
    } finally {
      use.writeLock().unlock();
    }
  }

  void forget() throws IOException {
    use.writeLock().lock();
    try {
      for (StreamFiles stream : streams().values()) {
        stream.delete();
      }
      streams = null;
      if (Files.exists(directory)) {
        try (DirectoryStream<Path> strays = Files.newDirectoryStream(directory)) {
          for (Path stray : strays) {
            Files.delete(stray);
          }
        }
        Files.delete(directory);
      }
    } finally {
      use.writeLock().unlock();
    }
  }

  synchronized List<Place> places(String session) throws IOException {
    List<Place> places = new ArrayList<>();
    for (String prefix : streams().keySet()) {
      String job = prefix.substring(0, prefix.lastIndexOf('.', prefix.length() - 2));
      String stream = prefix.substring(job.length() + 1, prefix.length() - 1);
      places.add(new Place(session, job, StreamName.valueOf(stream.toUpperCase(Locale.ROOT))));
    }
    places.sort(Comparator.comparing(Place::job).thenComparing(Place::stream));
    return places;
  }

  /** How many streams are remembered. */
  synchronized int size() {
    return streams == null ? 1 : streams.size() + 1;
  }

  private synchronized StreamFiles stream(Place place) throws IOException {
    return streams()
        .computeIfAbsent(
            prefix(place.job(), place.stream()), it -> new StreamFiles(this, it, segmentBytes));
  }

  private static String prefix(String job, StreamName stream) {
    return job + "." + stream.name().toLowerCase(Locale.ROOT) + ".";
  }

  private synchronized Map<String, StreamFiles> streams() throws IOException {
    if (streams == null) {
      Map<String, StreamFiles> found = new HashMap<>();
      if (Files.exists(directory)) {
        try (DirectoryStream<Path> names = Files.newDirectoryStream(directory)) {
          for (Path name : names) {
            Matcher segment = SEGMENT.matcher(name.getFileName().toString());
            if (segment.matches()) {
              found
                  .computeIfAbsent(segment.group(1), it -> new StreamFiles(this, it, segmentBytes))
                  .found(Long.parseLong(segment.group(2)));
            }
          }
        }
      }
      streams = found;
    }
    return streams;
  }

  // What streams do with their files

  String path(String name) {
    return directory.resolve(name).toString();
  }

  LeasedCache<Path, SegmentFile>.Lease file(String name) throws IOException {
    return files.lease(directory.resolve(name));
  }

  void create(String name) throws IOException {
    try (var file = file(name)) {
      try {
        file.value().create();
      } catch (IOException e) {
        if (Files.exists(directory)) {
          throw e;
        }
        PrivateDirectory.create(directory);
        file.value().create();
      }
    }
  }

  void delete(String name) throws IOException {
    Path path = directory.resolve(name);
    files.discard(path);
    Files.deleteIfExists(path);
  }

  /** Makes created and deleted names survive a power cut. */
  void syncNames() throws IOException {
    syncDirectory(directory);
    syncDirectory(directory.getParent());
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    } catch (NoSuchFileException e) {
      // Deleted meanwhile: then there are no names to keep.
    }
  }

  @Override
  public void close() {
    // Files are cached, and closed, on their own.
  }
}
