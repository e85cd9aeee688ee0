package dev.holdfast.session;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * What was agreed when the session was opened; it never changes.
 *
 * @param name what people call it
 * @param target the canonical URL of where it lives
 * @param shell the shell to keep
 * @param labels for selecting it
 * @param idleTimeout how long the far side lives without a link and without work
 * @param connectTimeout how long one attempt to open a link may take
 * @param queueLength how many jobs may wait at most
 * @param queueBytes how many bytes of script may wait at most
 * @param jobsKept how many ended jobs are remembered; the oldest is forgotten first, with its key
 *     and its output
 * @param parent the id of the session that this one works beside and ends with; empty for none
 * @param removeAfter how long it stays when it has no work any more; zero: until somebody removes
 *     it
 * @param setup what its profile has laid down
 */
public record Terms(
    String name,
    String target,
    String shell,
    Map<String, String> labels,
    Duration idleTimeout,
    Duration connectTimeout,
    int queueLength,
    long queueBytes,
    int jobsKept,
    String parent,
    Duration removeAfter,
    Setup setup) {

  /** Without a profile. */
  public Terms(
      String name,
      String target,
      String shell,
      Map<String, String> labels,
      Duration idleTimeout,
      Duration connectTimeout,
      int queueLength,
      long queueBytes,
      int jobsKept,
      String parent,
      Duration removeAfter) {
    this(
        name,
        target,
        shell,
        labels,
        idleTimeout,
        connectTimeout,
        queueLength,
        queueBytes,
        jobsKept,
        parent,
        removeAfter,
        Setup.NONE);
  }

  public Terms {
    Objects.requireNonNull(name);
    Objects.requireNonNull(target);
    Objects.requireNonNull(shell);
    Objects.requireNonNull(idleTimeout);
    Objects.requireNonNull(connectTimeout);
    Objects.requireNonNull(parent);
    Objects.requireNonNull(removeAfter);
    Objects.requireNonNull(setup);
    labels = Map.copyOf(labels);
  }
}
