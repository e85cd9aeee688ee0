package dev.holdfast.session;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a client asks to have run.
 *
 * @param key the idempotency key; the same key in one session is the same job
 * @param label what people see as the command
 * @param script what the shell runs; emptied once the job has ended
 * @param timeout the longest run time; zero for none
 * @param outputLimit unread bytes kept per stream; 0 for no limit
 * @param drop at the limit, whether the oldest output goes (else the job waits)
 * @param hasInput whether clients give it standard input
 * @param argv the words that the script was made of, if it was
 * @param terminal what is special about a terminal; empty for all other jobs
 */
public record JobRequest(
    String key,
    String label,
    String script,
    Duration timeout,
    long outputLimit,
    boolean drop,
    boolean hasInput,
    List<String> argv,
    Optional<Terminal> terminal) {

  /**
   * A job that is a terminal: one client at a time types in it.
   *
   * @param idleTimeout how long it stays when nobody holds it or types
   */
  public record Terminal(Duration idleTimeout) {
    public Terminal {
      Objects.requireNonNull(idleTimeout);
    }
  }

  /** One that came as words. */
  public JobRequest(
      String key,
      String label,
      String script,
      Duration timeout,
      long outputLimit,
      boolean drop,
      boolean hasInput,
      List<String> argv) {
    this(key, label, script, timeout, outputLimit, drop, hasInput, argv, Optional.empty());
  }

  /** One that came as a script, and is a terminal perhaps. */
  public JobRequest(
      String key,
      String label,
      String script,
      Duration timeout,
      long outputLimit,
      boolean drop,
      boolean hasInput,
      Optional<Terminal> terminal) {
    this(key, label, script, timeout, outputLimit, drop, hasInput, List.of(), terminal);
  }

  /** One that came as a script. */
  public JobRequest(
      String key,
      String label,
      String script,
      Duration timeout,
      long outputLimit,
      boolean drop,
      boolean hasInput) {
    this(key, label, script, timeout, outputLimit, drop, hasInput, List.of());
  }

  public JobRequest {
    Objects.requireNonNull(key);
    Objects.requireNonNull(label);
    Objects.requireNonNull(script);
    Objects.requireNonNull(timeout);
    argv = List.copyOf(argv);
    Objects.requireNonNull(terminal);
  }

  /** The size of the script in UTF-8. */
  long scriptBytes() {
    return script
        .chars()
        .mapToLong(c -> c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate((char) c) ? 2 : 3)
        .sum();
  }

  /** As it is kept: the words have been looked at, and are in the script. */
  JobRequest within(Duration longest, long limit, boolean dropping) {
    return new JobRequest(
        key, label, script, longest, limit, dropping, hasInput, List.of(), terminal);
  }

  JobRequest withoutScript() {
    return new JobRequest(key, label, "", timeout, outputLimit, drop, hasInput, terminal);
  }
}
