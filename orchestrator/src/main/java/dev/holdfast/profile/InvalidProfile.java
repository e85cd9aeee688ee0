package dev.holdfast.profile;

/** A document that is no profile. It is an answer, so it has no stack. */
public final class InvalidProfile extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String key;
  private final String why;

  InvalidProfile(String key, String why) {
    super("'" + key + "' " + why, null, false, false);
    this.key = key;
    this.why = why;
  }

  static void check(boolean holds, String key, String why) {
    if (!holds) {
      throw new InvalidProfile(key, why);
    }
  }

  /** The key that is not as it must be, or {@code document}. */
  public String key() {
    return key;
  }

  public String why() {
    return why;
  }
}
