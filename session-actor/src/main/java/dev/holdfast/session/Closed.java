package dev.holdfast.session;

import java.time.Instant;
import java.util.Optional;

/** It has ended. {@code cause}: why it could not be opened, or that it was forgotten by force. */
public record Closed(Core core, Optional<Cause> cause) implements Session {
  @Override
  public Session with(Core next) {
    return new Closed(next, cause);
  }

  @Override
  public Optional<Instant> endsAt() {
    return Optional.empty();
  }

  @Override
  public Decision on(Command.Remove c, Instant now) {
    return Decision.nothing();
  }

  @Override
  public Decision on(Command.Move c, Instant now) {
    return Steps.refused(this, "move a job");
  }

  @Override
  public Decision on(Command.Wake c, Instant now) {
    return new Draft(this, now).act(new Action.ForgetAllOutput()).done();
  }
}
