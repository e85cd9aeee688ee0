package dev.holdfast.session;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a profile has laid down for a session. It is copied into the session's {@link Terms} when
 * the session is opened, so that the session needs the profile no more: a later version of it, or
 * its end, changes nothing here.
 *
 * @param profile the profile's name; empty when there is none
 * @param version which version of it
 * @param principals who may use the session; empty: everybody of its tenant
 * @param start how its shells are made
 * @param limits what it may take
 * @param restriction the only commands that may be run, if not all may
 */
public record Setup(
    String profile,
    int version,
    List<String> principals,
    Start start,
    Limits limits,
    Optional<Restriction> restriction) {

  /** Of a session without a profile. */
  public static final Setup NONE =
      new Setup("", 0, List.of(), Start.PLAIN, Limits.NONE, Optional.empty());

  public Setup {
    Objects.requireNonNull(profile);
    principals = List.copyOf(principals);
    Objects.requireNonNull(start);
    Objects.requireNonNull(limits);
    Objects.requireNonNull(restriction);
  }

  /** Whether the principal may use the session. */
  public boolean admits(String principal) {
    return principals.isEmpty() || principals.contains(principal);
  }

  /**
   * Why something that reaches the shell otherwise than by one of the commands listed may not be
   * done, if it may not.
   *
   * @param what such as "a terminal" or "a copy"
   */
  public Optional<Cause> forbids(String what) {
    return restriction.map(
        only ->
            Restriction.refused(
                "the profile '" + profile + "' allows the commands that it lists, and no " + what));
  }
}
