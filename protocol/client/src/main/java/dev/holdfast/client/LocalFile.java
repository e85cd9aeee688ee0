package dev.holdfast.client;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/** What is done with files of this machine, with failures in the words of a copy. */
final class LocalFile {

  private static final String LETTERS = "rwxrwxrwx";

  private LocalFile() {}

  /** One step with a file. */
  interface Step<T> {
    T run() throws IOException;
  }

  /** Does a step; its failure is told with kind, cause and advice. */
  static <T> T on(Path path, Step<T> step) {
    try {
      return step.run();
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  private static CallFailed failed(Path path, IOException e) {
    String said = e instanceof FileSystemException known ? known.getReason() : e.getMessage();
    String reason = said == null ? e.getClass().getSimpleName() : said;
    if (e instanceof NoSuchFileException) {
      return Trees.failed("no-such-file", "there is no '" + path + "' here", "check the path");
    } else if (e instanceof AccessDeniedException) {
      return Trees.failed(
          "no-permission", "'" + path + "' may not be used so here", "look at its owner and mode");
    } else if (e instanceof FileAlreadyExistsException) {
      return Trees.exists(path.toString());
    } else if (reason.contains("No space left") || reason.contains("quota exceeded")) {
      return Trees.failed(
          "no-space",
          "there is no space left here for '" + path + "'",
          "free some, and copy again");
    }
    return Trees.failed("file-failed", "'" + path + "' here: " + reason, "look at the file system");
  }

  /** What stands there; empty for nothing. */
  static Optional<PosixFileAttributes> look(Path path, boolean follow) {
    LinkOption[] how = follow ? new LinkOption[0] : new LinkOption[] {NOFOLLOW_LINKS};
    return on(
        path,
        () -> {
          try {
            return Optional.of(Files.readAttributes(path, PosixFileAttributes.class, how));
          } catch (NoSuchFileException nothing) {
            return Optional.empty();
          }
        });
  }

  static int mode(PosixFileAttributes file) {
    return bits(file.permissions());
  }

  private static int bits(Set<PosixFilePermission> permissions) {
    String letters = PosixFilePermissions.toString(permissions);
    int bits = 0;
    for (int i = 0; i < letters.length(); i++) {
      bits = bits << 1 | (letters.charAt(i) == '-' ? 0 : 1);
    }
    return bits;
  }

  static Set<PosixFilePermission> permissions(int mode) {
    var letters = new StringBuilder();
    for (int i = 0; i < LETTERS.length(); i++) {
      boolean set = (mode >> (LETTERS.length() - 1 - i) & 1) == 1;
      letters.append(set ? LETTERS.charAt(i) : '-');
    }
    return PosixFilePermissions.fromString(letters.toString());
  }

  static void set(Path path, int mode, Optional<Instant> modified) {
    var unused =
        on(
            path,
            () -> {
              Path same = Files.setPosixFilePermissions(path, permissions(mode));
              return modified.isPresent()
                  ? Files.setLastModifiedTime(path, FileTime.from(modified.get()))
                  : same;
            });
  }

  /** Gives a file another name, at once; without {@code replace} only where there is none. */
  static void rename(Path from, Path to, boolean replace) {
    var unused =
        on(
            to,
            () -> {
              if (replace) {
                return Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
              }
              Path made = Files.createLink(to, from);
              Files.delete(from);
              return made;
            });
  }

  static MessageDigest sum() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static String hex(MessageDigest sum) {
    return HexFormat.of().formatHex(sum.digest());
  }

  static String sha256(Path path) {
    return on(
        path,
        () -> {
          var sum = sum();
          try (var in = Files.newInputStream(path)) {
            byte[] piece = new byte[1 << 16];
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
              sum.update(piece, 0, length);
            }
          }
          return hex(sum);
        });
  }
}
