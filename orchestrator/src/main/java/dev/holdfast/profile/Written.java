package dev.holdfast.profile;

import dev.holdfast.journal.Termed;
import dev.holdfast.protocol.journal.v1.ProfileEntry;

/** One line of the journal of a tenant's profiles. */
public record Written(ProfileEntry entry) implements Termed {
  @Override
  public long term() {
    return entry.getTerm();
  }
}
