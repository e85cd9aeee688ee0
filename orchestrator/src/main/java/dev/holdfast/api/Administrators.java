package dev.holdfast.api;

import dev.holdfast.session.Origin;
import dev.holdfast.session.Session;
import java.util.List;

/**
 * Who may change profiles, and open and use sessions without one. Everybody else is confined: to
 * profiles that name them, or name nobody, and to the sessions of these.
 *
 * @param patterns each {@code TENANT/PRINCIPAL}; {@code *} stands for all
 */
public record Administrators(List<String> patterns) {

  public static final Administrators EVERYBODY = new Administrators(List.of("*/*"));

  /**
   * Checks the patterns.
   *
   * @throws IllegalArgumentException with a line for people when one is none
   */
  public Administrators {
    patterns = List.copyOf(patterns);
    for (String pattern : patterns) {
      if (!pattern.matches("[^/]+/[^/]+")) {
        throw new IllegalArgumentException(
            "holdfast.administrators has '"
                + pattern
                + "', which is not TENANT/PRINCIPAL; write * for all of either");
      }
    }
  }

  boolean has(Origin who) {
    return patterns.stream()
        .map(pattern -> pattern.split("/", 2))
        .anyMatch(pair -> fits(pair[0], who.tenant()) && fits(pair[1], who.who()));
  }

  private static boolean fits(String pattern, String name) {
    return pattern.equals("*") || pattern.equals(name);
  }

  /** Refuses whoever is none of them. */
  void check(Origin who, String what) {
    if (!has(who)) {
      throw notAllowed("'" + who.who() + "' may not " + what);
    }
  }

  /** Refuses whoever may not use this session. */
  void checkUse(Session session, Origin who) {
    var setup = session.core().terms().setup();
    if (has(who)) {
      return;
    }
    if (setup.profile().isEmpty()) {
      throw notAllowed("'" + who.who() + "' may use only sessions that have a profile");
    }
    if (!setup.admits(who.who())) {
      throw notAllowed(
          "the session's profile '" + setup.profile() + "' is not for '" + who.who() + "'");
    }
  }

  private static Refusal notAllowed(String why) {
    return Refusal.of(
        Kind.NOT_ALLOWED, why, "ask an administrator; holdfast.administrators names them");
  }
}
