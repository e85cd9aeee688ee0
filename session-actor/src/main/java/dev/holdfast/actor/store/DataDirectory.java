package dev.holdfast.actor.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one directory in which an embedded node keeps everything. It belongs to one process at a time
 * and is open to its owner only.
 *
 * <pre>
 * lock         held by the process that uses the directory; says which one that is
 * journal.db   events and snapshots, see {@link EmbeddedJournal}
 * output/      the output of jobs
 * </pre>
 *
 * <p>Others add files of their own, as {@code token}. The lock is one of the operating system's and
 * ends with the process, however that ends; a file named {@code lock} that nobody holds means
 * nothing.
 */
public final class DataDirectory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);
  private static final String JOURNAL = "journal.db";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  /**
   * What this process holds. Asked before the lock file is opened, because closing any channel of a
   * locked file would give up the lock of the whole process.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lockFile;

  private DataDirectory(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /**
   * Takes the directory for this process; makes it if it is missing.
   *
   * @throws StoreException of kind {@code IN_USE}, naming the holder
   * @throws IOException when the directory cannot be made, entered or written
   */
  public static DataDirectory open(Path directory) throws IOException {
    Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    Path path = directory.toRealPath();
    if (!HELD.add(path)) {
      throw inUse(path, "this process, " + ProcessHandle.current().pid());
    }
    try {
      return locked(path);
    } catch (IOException | RuntimeException e) {
      HELD.remove(path);
      throw e;
    }
  }

  /**
   * Takes the directory of an embedded node; leaves any other as it is.
   *
   * @throws StoreException of kind {@code MISSING} when there is no journal, or as {@link #open}
   */
  public static DataDirectory existing(Path directory) throws IOException {
    if (!Files.exists(directory.resolve(JOURNAL))) {
      throw new StoreException(
          StoreException.Kind.MISSING,
          "there is no journal in " + directory,
          "name the data directory of a node whose store is embedded");
    }
    return open(directory);
  }

  private static DataDirectory locked(Path path) throws IOException {
    closeToOthers(path);
    FileChannel lockFile = FileChannel.open(path.resolve("lock"), CREATE, READ, WRITE);
    try {
      FileLock lock = lockFile.tryLock();
      if (lock == null) {
        throw inUse(path, holder(lockFile));
      }
      lockFile.truncate(0);
      lockFile.write(UTF_8.encode(self()), 0);
      Files.createDirectories(
          path.resolve("output"), PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      return new DataDirectory(path, lockFile);
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  /** The directory itself, absolute. */
  public Path path() {
    return path;
  }

  /** Where {@link EmbeddedJournal} keeps events and snapshots. */
  public Path journal() {
    return path.resolve(JOURNAL);
  }

  /** Where job output is kept. */
  public Path output() {
    return path.resolve("output");
  }

  /** Gives the directory free for the next process. */
  @Override
  public void close() throws IOException {
    if (lockFile.isOpen()) {
      lockFile.close();
      HELD.remove(path);
    }
  }

  private static void closeToOthers(Path path) throws IOException {
    Set<PosixFilePermission> now = Files.getPosixFilePermissions(path);
    if (OWNER_ONLY.containsAll(now)) {
      return;
    }
    try {
      Files.setPosixFilePermissions(path, OWNER_ONLY);
    } catch (FileSystemException notOurs) {
      LOG.warn(
          "{} is open to others ({}) and belongs to somebody else; what is inside is protected file"
              + " by file",
          path,
          PosixFilePermissions.toString(now));
    }
  }

  private static StoreException inUse(Path path, String holder) {
    return new StoreException(
        StoreException.Kind.IN_USE,
        "the data directory " + path + " is in use by " + holder,
        "stop that process first, or choose another data directory");
  }

  private static String self() {
    return "process %d on %s since %s"
        .formatted(
            ProcessHandle.current().pid(), host(), Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }

  private static String holder(FileChannel lockFile) throws IOException {
    ByteBuffer says = ByteBuffer.allocate(512);
    lockFile.read(says, 0);
    String holder = UTF_8.decode(says.flip()).toString().strip();
    return holder.isEmpty() ? "another process" : holder;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "an unnamed host";
    }
  }
}
