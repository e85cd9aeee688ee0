package dev.holdfast.profile;

import java.util.Set;

/** Who has which sessions, as far as this node has heard. */
public interface Census {

  /** The ids of the sessions that somebody has with a profile and that have not ended. */
  Set<String> open(String tenant, String profile, String who);

  /** Whether a session is known to have ended. */
  boolean hasEnded(String session);
}
