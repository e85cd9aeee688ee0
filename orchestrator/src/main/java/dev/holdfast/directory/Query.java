package dev.holdfast.directory;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which sessions are wanted.
 *
 * @param tenant whose sessions; no others exist for the asker
 * @param states any of these; all when empty
 * @param target the exact URL, or the host, of the target
 * @param name a glob of {@code *} and {@code ?}
 * @param labels all must be there; an empty value stands for any
 * @param selector what {@link Selector} fits; Closed sessions never do
 * @param after where the page before ended
 * @param size the most rows wanted, from 1
 */
public record Query(
    String tenant,
    Set<State> states,
    Optional<String> target,
    Optional<Glob> name,
    Map<String, Optional<String>> labels,
    Optional<Selector> selector,
    Optional<Cursor> after,
    int size) {

  /**
   * The label that those have which work beside another session: its id. Without it they are not
   * wanted.
   */
  public static final String BESIDE = "beside";

  /** The session beside which those that are wanted work; empty for any. */
  public static Query beside(String tenant, String session, int size) {
    return new Query(
        tenant,
        Set.of(),
        Optional.empty(),
        Optional.empty(),
        Map.of(BESIDE, Optional.of(session)),
        Optional.empty(),
        Optional.empty(),
        size);
  }

  public Query {
    states = Set.copyOf(states);
    labels = Map.copyOf(labels);
    if (size < 1) {
      throw new IllegalArgumentException("a page has at least one row");
    }
  }

  /** Everything of a tenant, from the start. */
  public static Query all(String tenant, int size) {
    return new Query(
        tenant,
        Set.of(),
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        size);
  }

  /** The same from another place on. */
  public Query after(Cursor cursor) {
    return new Query(tenant, states, target, name, labels, selector, Optional.of(cursor), size);
  }

  boolean fits(Row row) {
    return (row.beside().isEmpty() || labels.containsKey(BESIDE) || selector.isPresent())
        && (states.isEmpty() || states.contains(row.state()))
        && target.map(row::isOn).orElse(true)
        && name.map(glob -> glob.fits(row.name())).orElse(true)
        && labels.entrySet().stream().allMatch(row::has)
        && selector.map(wanted -> row.isLive() && wanted.fits(row)).orElse(true);
  }

  /** A glob: {@code *} is any characters, {@code ?} is one, everything else is itself. */
  public record Glob(String text) {
    boolean fits(String name) {
      int at = 0;
      int in = 0;
      int star = -1;
      int mark = 0;
      while (in < name.length()) {
        if (at < text.length() && text.charAt(at) == '*') {
          star = at++;
          mark = in;
        } else if (at < text.length()
            && (text.charAt(at) == '?' || text.charAt(at) == name.charAt(in))) {
          at++;
          in++;
        } else if (star >= 0) {
          at = star + 1;
          in = ++mark;
        } else {
          return false;
        }
      }
      return text.substring(at).chars().allMatch(c -> c == '*');
    }
  }
}
