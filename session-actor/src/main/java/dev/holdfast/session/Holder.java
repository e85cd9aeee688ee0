package dev.holdfast.session;

import java.time.Instant;
import java.util.Objects;

/**
 * Who types in a terminal. All others watch.
 *
 * @param key what the client knows itself by; one person may have several
 * @param who the person
 * @param since when the terminal was taken
 * @param columns of the window that the terminal is shown in
 * @param rows of it
 */
public record Holder(String key, String who, Instant since, int columns, int rows) {
  public Holder {
    Objects.requireNonNull(key);
    Objects.requireNonNull(who);
    Objects.requireNonNull(since);
  }
}
