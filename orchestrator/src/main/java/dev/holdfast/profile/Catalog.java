package dev.holdfast.profile;

import dev.holdfast.protocol.journal.v1.ProfileDeleted;
import dev.holdfast.protocol.journal.v1.ProfileEntry;
import dev.holdfast.protocol.v1.Profile;
import dev.holdfast.session.Cause;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The profiles of one tenant, as a value: what may be asked of them, and what has become of them.
 * Versions only grow, also over a deletion, so that one number never means two things.
 *
 * @param living by name
 * @param deleted the last version of each that is gone
 */
record Catalog(Map<String, Profile> living, Map<String, Integer> deleted) {

  /** So many profiles may a tenant have. */
  static final int MOST = 256;

  static final Catalog EMPTY = new Catalog(Map.of(), Map.of());

  Catalog {
    living = Map.copyOf(living);
    deleted = Map.copyOf(deleted);
  }

  /**
   * What a question comes to.
   *
   * @param change what is to be written, if something is
   * @param profiles the answer
   * @param refusal why not
   */
  record Decision(
      Optional<ProfileEntry.Builder> change, List<Profile> profiles, Optional<Cause> refusal) {

    private static Decision of(Profile profile) {
      return new Decision(Optional.empty(), List.of(profile), Optional.empty());
    }

    private static Decision writing(ProfileEntry.Builder change, Profile profile) {
      return new Decision(Optional.of(change), List.of(profile), Optional.empty());
    }

    static Decision refuse(String kind, String text, String advice) {
      return new Decision(Optional.empty(), List.of(), Optional.of(new Cause(kind, text, advice)));
    }
  }

  /** All, by name. */
  Decision list() {
    var all = new TreeMap<>(living).values().stream().toList();
    return new Decision(Optional.empty(), all, Optional.empty());
  }

  Decision get(String name) {
    Profile profile = living.get(name);
    return profile == null ? unknown(name) : Decision.of(profile);
  }

  /**
   * Makes it, or its next version.
   *
   * @param wanted with its name, document, spec, and who changes it when
   * @param expected the version that is to be replaced; 0: there is none
   */
  Decision apply(Profile wanted, OptionalInt expected, boolean dry) {
    Profile present = living.get(wanted.getName());
    int version = present == null ? 0 : present.getVersion();
    // Also when it is asked for again because no answer came, with the version that was replaced.
    if (present != null && present.getDocument().equals(wanted.getDocument())) {
      return Decision.of(present);
    }
    if (present == null && living.size() >= MOST) {
      return Decision.refuse(
          "too-many-profiles",
          "the tenant has " + MOST + " profiles, and may have no more",
          "delete some that are not used");
    }
    Optional<Decision> other = otherVersion(wanted.getName(), version, expected);
    if (other.isPresent()) {
      return other.get();
    }
    int last = present == null ? deleted.getOrDefault(wanted.getName(), 0) : version;
    Profile next =
        wanted.toBuilder()
            .setVersion(last + 1)
            .setDisabled(present != null && present.getDisabled())
            .build();
    return dry
        ? Decision.of(next)
        : Decision.writing(ProfileEntry.newBuilder().setApplied(next), next);
  }

  Decision enable(Profile wanted, OptionalInt expected) {
    Profile present = living.get(wanted.getName());
    if (present == null) {
      return unknown(wanted.getName());
    }
    Optional<Decision> other = otherVersion(wanted.getName(), present.getVersion(), expected);
    if (other.isPresent()) {
      return other.get();
    }
    if (present.getDisabled() == wanted.getDisabled()) {
      return Decision.of(present);
    }
    Profile next =
        present.toBuilder()
            .setDisabled(wanted.getDisabled())
            .setChangedBy(wanted.getChangedBy())
            .setChangedAt(wanted.getChangedAt())
            .build();
    return Decision.writing(ProfileEntry.newBuilder().setApplied(next), next);
  }

  Decision delete(String name, OptionalInt expected) {
    Profile present = living.get(name);
    if (present == null) {
      return unknown(name);
    }
    return otherVersion(name, present.getVersion(), expected)
        .orElseGet(
            () ->
                Decision.writing(
                    ProfileEntry.newBuilder()
                        .setDeleted(
                            ProfileDeleted.newBuilder()
                                .setName(name)
                                .setVersion(present.getVersion())),
                    present));
  }

  /** The profile for a new session of somebody who has so many with it already. */
  Decision use(String name, String who, int open) {
    Profile profile = living.get(name);
    if (profile == null) {
      return unknown(name);
    }
    var spec = profile.getSpec();
    if (spec.getPrincipalsCount() > 0 && !spec.getPrincipalsList().contains(who)) {
      return Decision.refuse(
          "not-allowed",
          "'" + who + "' may not use the profile '" + name + "'",
          "an administrator can add the name to its 'principals'");
    }
    if (profile.getDisabled()) {
      return Decision.refuse(
          "profile-disabled",
          "the profile '" + name + "' is disabled and opens nothing",
          "'holdfast profile enable " + name + "', or use another one");
    }
    int most = spec.getSessionsPerUser();
    if (most > 0 && open >= most) {
      return Decision.refuse(
          "too-many-sessions",
          "'"
              + who
              + "' has "
              + open
              + " sessions with the profile '"
              + name
              + "', and may have "
              + most,
          "remove one that is not used any more");
    }
    return Decision.of(profile);
  }

  private static Optional<Decision> otherVersion(String name, int present, OptionalInt expected) {
    return expected.isEmpty() || expected.getAsInt() == present
        ? Optional.empty()
        : Optional.of(
            Decision.refuse(
                "version-changed",
                present == 0
                    ? "there is no profile '" + name + "'"
                    : "the profile '"
                        + name
                        + "' is at version "
                        + present
                        + ", not at "
                        + expected.getAsInt(),
                "somebody else has changed it; look at it with 'holdfast profile get', then try again"));
  }

  private static Decision unknown(String name) {
    return Decision.refuse(
        "not-found",
        "there is no profile '" + name + "'",
        "'holdfast profile list' shows the profiles there are");
  }

  /**
   * After a change.
   *
   * @throws IllegalArgumentException when it is not known, as one of a newer version is
   */
  Catalog after(ProfileEntry entry) {
    var next = new TreeMap<>(living);
    var gone = new TreeMap<>(deleted);
    switch (entry.getEventCase()) {
      case APPLIED -> {
        next.put(entry.getApplied().getName(), entry.getApplied());
        gone.remove(entry.getApplied().getName());
      }
      case DELETED -> {
        next.remove(entry.getDeleted().getName());
        gone.put(entry.getDeleted().getName(), entry.getDeleted().getVersion());
      }
      case EVENT_NOT_SET ->
          throw new IllegalArgumentException(
              "the journal holds a change of a profile that this version does not know; it was written by a newer one");
    }
    return new Catalog(next, gone);
  }
}
