package dev.holdfast.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a session has in every state.
 *
 * @param id 12 characters, chosen before anything is done
 * @param terms what was agreed
 * @param owner who opened it
 * @param createdAt when
 * @param since when it came into its present state
 * @param epoch numbers the efforts to hold a link, each of which may take many attempts; reports
 *     with another one than the present or last are stale
 * @param incarnation which shell this is, from 1; repair gives the next
 * @param generation how often the shell was replaced within the incarnation, from 1
 * @param shellMade whether this incarnation's shell was ever seen; from then on its absence is a
 *     loss
 * @param term numbers those who kept it, where several nodes can; what one of a lower term writes
 *     is not believed any more
 * @param jobs its jobs
 */
public record Core(
    String id,
    Terms terms,
    Origin owner,
    Instant createdAt,
    Instant since,
    long epoch,
    int incarnation,
    int generation,
    boolean shellMade,
    long term,
    Jobs jobs) {

  /** What there is before there is a session. */
  public static final Core NONE =
      new Core(
          "",
          new Terms(
              "",
              "",
              "",
              Map.of(),
              Duration.ZERO,
              Duration.ZERO,
              0,
              0,
              0,
              "",
              Duration.ZERO,
              Setup.NONE),
          Origin.NODE,
          Instant.EPOCH,
          Instant.EPOCH,
          0,
          1,
          1,
          false,
          0,
          Jobs.NONE);

  public Core {
    Objects.requireNonNull(id);
    Objects.requireNonNull(terms);
    Objects.requireNonNull(owner);
    Objects.requireNonNull(createdAt);
    Objects.requireNonNull(since);
    Objects.requireNonNull(jobs);
  }

  /** When it is removed by itself, if its profile says so. */
  Optional<Instant> endsAt() {
    Duration time = terms.setup().limits().sessionTime();
    return time.isZero() ? Optional.empty() : Optional.of(createdAt.plus(time));
  }

  /** When it has been without work for as long as it was to stay so, if that was agreed. */
  Optional<Instant> retiresAt() {
    return terms.removeAfter().isZero() || !jobs.idle()
        ? Optional.empty()
        : Optional.of(jobs.lastEnd().orElse(createdAt).plus(terms.removeAfter()));
  }

  Core jobs(Jobs next) {
    return new Core(
        id, terms, owner, createdAt, since, epoch, incarnation, generation, shellMade, term, next);
  }

  Core since(Instant at) {
    return new Core(
        id, terms, owner, createdAt, at, epoch, incarnation, generation, shellMade, term, jobs);
  }

  Core epoch(long next) {
    return new Core(
        id, terms, owner, createdAt, since, next, incarnation, generation, shellMade, term, jobs);
  }

  /** In another term. */
  public Core term(long next) {
    return new Core(
        id, terms, owner, createdAt, since, epoch, incarnation, generation, shellMade, next, jobs);
  }

  Core shell(int seenGeneration) {
    return new Core(
        id, terms, owner, createdAt, since, epoch, incarnation, seenGeneration, true, term, jobs);
  }

  Core repaired() {
    return new Core(
        id,
        terms,
        owner,
        createdAt,
        since,
        epoch,
        incarnation + 1,
        1,
        false,
        term,
        jobs.cut(jobs.uncut()));
  }
}
