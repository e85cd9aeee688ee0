package dev.holdfast.transport.local;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.RemoteFiles;
import dev.holdfast.transport.Sha256;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The files of the machine that the node runs on, with the rights of the node's user. */
final class LocalFiles implements RemoteFiles {

  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");

  private static final String LETTERS = "rwxrwxrwx";

  private volatile boolean closed;

  private interface Work<T> {
    T run() throws IOException, TransportException;
  }

  @Override
  public String home() {
    return System.getProperty("user.home", "/");
  }

  @Override
  public Optional<Info> look(String path, boolean follow) throws TransportException {
    return on(
        path,
        () -> {
          try {
            return Optional.of(info(Path.of(path), follow));
          } catch (NoSuchFileException nothing) {
            return Optional.empty();
          }
        });
  }

  private static Info info(Path path, boolean follow) throws IOException {
    LinkOption[] how = follow ? new LinkOption[0] : new LinkOption[] {NOFOLLOW_LINKS};
    PosixFileAttributes found = Files.readAttributes(path, PosixFileAttributes.class, how);
    FileType type =
        found.isRegularFile()
            ? FileType.FILE
            : found.isDirectory()
                ? FileType.DIRECTORY
                : found.isSymbolicLink() ? FileType.LINK : FileType.OTHER;
    return new Info(
        type,
        found.size(),
        bits(found.permissions()),
        found.lastModifiedTime().toInstant().truncatedTo(ChronoUnit.SECONDS));
  }

  private static int bits(Set<PosixFilePermission> permissions) {
    String letters = PosixFilePermissions.toString(permissions);
    int bits = 0;
    for (int i = 0; i < letters.length(); i++) {
      bits = bits << 1 | (letters.charAt(i) == '-' ? 0 : 1);
    }
    return bits;
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    var letters = new StringBuilder();
    for (int i = 0; i < LETTERS.length(); i++) {
      boolean set = (mode >> (LETTERS.length() - 1 - i) & 1) == 1;
      letters.append(set ? LETTERS.charAt(i) : '-');
    }
    return PosixFilePermissions.fromString(letters.toString());
  }

  @Override
  public List<Entry> list(String path, int most) throws TransportException {
    return on(
        path,
        () -> {
          var entries = new ArrayList<Entry>();
          try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of(path))) {
            for (Path file : all) {
              if (entries.size() == most) {
                throw tooMany(path, most);
              }
              entry(file).ifPresent(entries::add);
            }
          }
          return entries;
        });
  }

  private static TransportException tooMany(String path, int most) {
    return new TransportException(
        Kind.TOO_MANY_FILES,
        "the directory '" + path + "' has more than " + most + " entries",
        "pack it into an archive and copy that");
  }

  private static Optional<Entry> entry(Path file) throws IOException {
    try {
      return Optional.of(new Entry(file.getFileName().toString(), info(file, false)));
    } catch (NoSuchFileException vanished) {
      return Optional.empty();
    }
  }

  @Override
  public void makeDirectory(String path) throws TransportException {
    on(
        path,
        () ->
            Files.createDirectory(Path.of(path), PosixFilePermissions.asFileAttribute(DIRECTORY)));
  }

  @Override
  public void makeLink(String path, String to) throws TransportException {
    on(path, () -> Files.createSymbolicLink(Path.of(path), Path.of(to)));
  }

  @Override
  public String readLink(String path) throws TransportException {
    return on(path, () -> Files.readSymbolicLink(Path.of(path)).toString());
  }

  @Override
  public void set(String path, OptionalInt mode, Optional<Instant> modified)
      throws TransportException {
    on(
        path,
        () -> {
          if (mode.isPresent()) {
            Files.setPosixFilePermissions(Path.of(path), permissions(mode.getAsInt()));
          }
          if (modified.isPresent()) {
            Files.setLastModifiedTime(Path.of(path), FileTime.from(modified.get()));
          }
          return null;
        });
  }

  @Override
  public void write(String path, long offset, byte[] bytes) throws TransportException {
    on(
        path,
        () -> {
          var how = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, NOFOLLOW_LINKS);
          try (var file =
              FileChannel.open(Path.of(path), how, PosixFilePermissions.asFileAttribute(FILE))) {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
              file.write(left, offset + left.position());
            }
          }
          return null;
        });
  }

  @Override
  public byte[] read(String path, long offset, int max) throws TransportException {
    return on(
        path,
        () -> {
          if (!Files.isRegularFile(Path.of(path))) {
            throw noFile(path);
          }
          ByteBuffer into = ByteBuffer.allocate(max);
          try (var file = FileChannel.open(Path.of(path), StandardOpenOption.READ)) {
            while (into.hasRemaining() && file.read(into, offset + into.position()) >= 0) {
              ensureOpen();
            }
          }
          return into.hasRemaining()
              ? java.util.Arrays.copyOf(into.array(), into.position())
              : into.array();
        });
  }

  private static TransportException noFile(String path) {
    Kind kind =
        Files.isDirectory(Path.of(path))
            ? Kind.IS_DIRECTORY
            : Files.exists(Path.of(path)) ? Kind.SPECIAL_FILE : Kind.NO_SUCH_FILE;
    return new TransportException(
        kind, "'" + path + "' is no file", "check the path; --recursive copies directories");
  }

  @Override
  public void rename(String from, String to, boolean replace) throws TransportException {
    on(
        to,
        () -> {
          if (replace) {
            return Files.move(Path.of(from), Path.of(to), StandardCopyOption.ATOMIC_MOVE);
          }
          // A second name is given only where there is none, and that at once.
          Path made = Files.createLink(Path.of(to), Path.of(from));
          Files.delete(Path.of(from));
          return made;
        });
  }

  @Override
  public void remove(String path) throws TransportException {
    on(path, () -> Files.deleteIfExists(Path.of(path)));
  }

  @Override
  public String sha256(String path, Optional<String> expected) throws TransportException {
    var sum = new Sha256();
    long offset = 0;
    byte[] piece = read(path, offset, LARGEST_PIECE);
    while (piece.length > 0) {
      sum.add(piece);
      offset += piece.length;
      piece = read(path, offset, LARGEST_PIECE);
    }
    return sum.hex();
  }

  private void ensureOpen() throws TransportException {
    if (closed) {
      throw new TransportException(Kind.LINK_LOST, "the files were closed", "open them again");
    }
  }

  private <T> T on(String path, Work<T> work) throws TransportException {
    ensureOpen();
    try {
      return work.run();
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  private static TransportException failed(String path, IOException e) {
    String said = e instanceof FileSystemException known ? known.getReason() : e.getMessage();
    String reason = said == null ? e.getClass().getSimpleName() : said;
    if (e instanceof NoSuchFileException) {
      return new TransportException(
          Kind.NO_SUCH_FILE, "there is no '" + path + "'", "check the path");
    } else if (e instanceof AccessDeniedException) {
      return new TransportException(
          Kind.NO_PERMISSION,
          "the account may not use '" + path + "' so",
          "look at the owner and the mode of the file and of its directories");
    } else if (e instanceof FileAlreadyExistsException) {
      return new TransportException(
          Kind.FILE_EXISTS, "'" + path + "' is there already", "use --force to replace it");
    } else if (e instanceof NotDirectoryException || reason.contains("Not a directory")) {
      return new TransportException(
          Kind.NOT_DIRECTORY, "'" + path + "' leads through a file", "check the path");
    } else if (reason.contains("No space left") || reason.contains("quota exceeded")) {
      return new TransportException(
          Kind.NO_SPACE, "there is no space left for '" + path + "'", "free some, and copy again");
    }
    return new TransportException(
        Kind.FILE_FAILED, "'" + path + "': " + reason, "look at the file system");
  }

  @Override
  public void close() {
    closed = true;
  }
}
