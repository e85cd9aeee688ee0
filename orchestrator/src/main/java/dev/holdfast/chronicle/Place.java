package dev.holdfast.chronicle;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place between two entries of a chronicle. It stays true for ever, because nothing is ever
 * written before an entry that is there.
 *
 * @param event the number of an event in the journal, from 1
 * @param entry how many entries of that event lie before this place
 */
public record Place(long event, int entry) implements Comparable<Place> {

  /** Before the first entry. */
  public static final Place START = new Place(1, 0);

  private static final Comparator<Place> ORDER =
      Comparator.comparingLong(Place::event).thenComparingInt(Place::entry);
  private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,17})\\.([0-9]{1,9})");

  /** Behind all entries of the events up to a number. */
  static Place behind(long event) {
    return new Place(event + 1, 0);
  }

  @Override
  public int compareTo(Place other) {
    return ORDER.compare(this, other);
  }

  /** As an opaque word for clients. */
  public String cursor() {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((event + "." + entry).getBytes(StandardCharsets.US_ASCII));
  }

  /** Reads a cursor; empty when it is none of ours. */
  public static Optional<Place> of(String cursor) {
    try {
      Matcher parts =
          TEXT.matcher(
              new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII));
      return parts.matches()
          ? Optional.of(new Place(Long.parseLong(parts.group(1)), Integer.parseInt(parts.group(2))))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
