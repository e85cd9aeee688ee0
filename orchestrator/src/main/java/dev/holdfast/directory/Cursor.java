package dev.holdfast.directory;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.Optional;

/**
 * The place of a session in the list: newest first, then by id. It is where a page ends, and stays
 * that whatever is added or removed, so that paging shows every session that is there all the time
 * exactly once.
 */
public record Cursor(Instant createdAt, String id) implements Comparable<Cursor> {

  private static final Comparator<Cursor> NEWEST_FIRST =
      Comparator.comparing(Cursor::createdAt).reversed().thenComparing(Cursor::id);

  @Override
  public int compareTo(Cursor other) {
    return NEWEST_FIRST.compare(this, other);
  }

  /** As an opaque token for clients. */
  public String token() {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((createdAt + " " + id).getBytes(StandardCharsets.UTF_8));
  }

  /** Reads a token; empty when it is none of ours. */
  public static Optional<Cursor> of(String token) {
    try {
      String[] parts =
          new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8).split(" ", -1);
      return parts.length == 2
          ? Optional.of(new Cursor(Instant.parse(parts[0]), parts[1]))
          : Optional.empty();
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
