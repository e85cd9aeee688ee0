package dev.holdfast.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bearer tokens that a node accepts, kept in the file {@code tokens} of its data directory.
 *
 * <p>One token a line: {@code NAME TENANT SHA256 EXPIRY}, where SHA256 is the hash of the token in
 * hexadecimal and EXPIRY an ISO-8601 instant such as {@code 2027-01-31T00:00:00Z}, or {@code
 * never}. Empty lines and lines that begin with {@code #} are skipped. Tokens themselves are stored
 * nowhere, with one exception: the first one, made when there is no token file, is written to
 * {@code token} (mode 0600) for the CLI on the same machine.
 *
 * <p>The file is read again within a second of a change. A file that cannot be used (unreadable,
 * malformed, open to others) changes nothing: the former tokens stay and the log says why.
 *
 * <p>Thread-safe; {@link #signIn} never touches the disk, and its time does not depend on which
 * token is shown.
 */
public final class Tokens implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,64}");
  private static final int MOST = 10_000;
  private static final int LONGEST_TOKEN = 512;

  private final Path file;
  private final Clock clock;
  private final ScheduledExecutorService reader =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "holdfast-tokens");
            thread.setDaemon(true);
            return thread;
          });
  private volatile Loaded loaded;

  private record Entry(Principal principal, String hash, Optional<Instant> expiry) {}

  /** The entries, and what the file looked like when they were read. */
  private record Loaded(String stamp, List<Entry> entries) {}

  private Tokens(Path file, Clock clock, Loaded loaded) {
    this.file = file;
    this.clock = clock;
    this.loaded = loaded;
  }

  /**
   * Reads the tokens of a data directory, and makes the first one if there are none yet.
   *
   * @throws IOException with one line fit for people when the file cannot be used
   */
  public static Tokens open(Path directory, Clock clock) throws IOException {
    Path file = directory.resolve("tokens");
    if (Files.notExists(file)) {
      makeFirst(directory, file);
    }
    Tokens tokens = new Tokens(file, clock, read(file, stamp(file)));
    var unused = tokens.reader.scheduleWithFixedDelay(tokens::refresh, 1, 1, TimeUnit.SECONDS);
    return tokens;
  }

  private static void makeFirst(Path directory, Path file) throws IOException {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    String token = "hf_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    // In this order: a token file without its hash is made anew at the next start.
    PrivateFile.write(directory.resolve("token"), token + "\n");
    PrivateFile.write(
        file, "# NAME TENANT SHA256 EXPIRY\nadmin default " + sha256(token) + " never\n");
  }

  /** Says whose token this is. */
  public SignIn signIn(String token) {
    byte[] hash = ascii(sha256(token.length() > LONGEST_TOKEN ? "" : token));
    Entry found = null;
    for (Entry entry : loaded.entries()) {
      if (MessageDigest.isEqual(ascii(entry.hash()), hash)) {
        found = entry;
      }
    }
    if (found == null) {
      return new SignIn.Unknown();
    }
    Instant now = clock.instant();
    return found.expiry().filter(expiry -> !now.isBefore(expiry)).isPresent()
        ? new SignIn.Expired(found.principal())
        : new SignIn.Accepted(found.principal());
  }

  /** Reads the file again if it has changed; a file that cannot be used changes nothing. */
  void refresh() {
    try {
      String stamp = stamp(file);
      if (!stamp.equals(loaded.stamp())) {
        try {
          loaded = read(file, stamp);
          LOG.info("{} was read again: {} tokens", file, loaded.entries().size());
        } catch (IOException e) {
          loaded = new Loaded(stamp, loaded.entries());
          throw e;
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("the tokens stay as they were: {}", e.getMessage());
    }
  }

  private static String stamp(Path file) throws IOException {
    try {
      var is = Files.readAttributes(file, BasicFileAttributes.class);
      return is.fileKey() + " " + is.size() + " " + is.lastModifiedTime();
    } catch (IOException e) {
      throw new IOException(file + " cannot be read: " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    return e instanceof java.nio.file.NoSuchFileException
        ? "it is not there"
        : e instanceof java.nio.file.AccessDeniedException ? "access denied" : e.toString();
  }

  private static Loaded read(Path file, String stamp) throws IOException {
    if (!PrivateFile.isPrivate(file)) {
      throw new IOException(
          file
              + " may be read or written by others; set its mode to 0600 (chmod 600 "
              + file
              + ")");
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IOException(file + " cannot be read: " + reason(e), e);
    }
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (entries.size() == MOST) {
        throw new IOException(file + " has more than " + MOST + " tokens");
      }
      entries.add(parse(file, i + 1, line));
    }
    return new Loaded(stamp, List.copyOf(entries));
  }

  private static Entry parse(Path file, int number, String line) throws IOException {
    List<String> fields = List.of(line.split("\\s+", -1));
    if (fields.size() != 4) {
      throw bad(file, number, "there must be four fields: NAME TENANT SHA256 EXPIRY");
    }
    if (!NAME.matcher(fields.get(0)).matches() || !NAME.matcher(fields.get(1)).matches()) {
      throw bad(file, number, "name and tenant must be 1-64 characters of A-Z a-z 0-9 . _ @ -");
    }
    if (!fields.get(2).matches("[0-9a-fA-F]{64}")) {
      throw bad(file, number, "the third field must be a SHA-256 hash of 64 hexadecimal digits");
    }
    return new Entry(
        new Principal(fields.get(0), fields.get(1)),
        fields.get(2).toLowerCase(Locale.ROOT),
        expiry(file, number, fields.get(3)));
  }

  private static Optional<Instant> expiry(Path file, int number, String text) throws IOException {
    if (text.equals("never")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      throw bad(
          file, number, "the expiry must be 'never' or an instant such as 2027-01-31T00:00:00Z");
    }
  }

  /**
   * Names the line, and quotes nothing of it: it may hold a token that was put there by mistake.
   */
  private static IOException bad(Path file, int number, String why) {
    return new IOException(file + ", line " + number + ": " + why);
  }

  private static byte[] ascii(String hexadecimal) {
    return hexadecimal.getBytes(StandardCharsets.US_ASCII);
  }

  private static String sha256(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public void close() {
    reader.shutdownNow();
  }
}
