package dev.holdfast.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One script in one session, from its submission to its end.
 *
 * @param number counts from 1 within the session; it is the job's id on the target and never used
 *     again
 * @param request what was asked for
 * @param by who asked
 * @param submittedAt when it was put on disk
 * @param phase where it is in its life
 * @param inputSize how much standard input there is in all, once its end was given
 * @param holder who types in it, if it is a terminal and somebody does
 */
public record Job(
    int number,
    JobRequest request,
    Origin by,
    Instant submittedAt,
    Phase phase,
    OptionalLong inputSize,
    Optional<Holder> holder) {

  public Job {
    Objects.requireNonNull(request);
    Objects.requireNonNull(by);
    Objects.requireNonNull(submittedAt);
    Objects.requireNonNull(phase);
    Objects.requireNonNull(inputSize);
    Objects.requireNonNull(holder);
  }

  /** Where a job is in its life. */
  public sealed interface Phase {

    /** It waits. */
    record Queued() implements Phase {}

    /**
     * It was handed to the target, or is about to be: whether it arrived is for the target to say.
     *
     * @param cancel the grace of a cancel that was asked for and has not been seen to work yet
     */
    record Running(Instant since, Optional<Duration> cancel) implements Phase {}

    /** It has ended. {@code started} is empty when it never ran. */
    record Ended(Optional<Instant> started, Instant at, Outcome outcome) implements Phase {}
  }

  /** A new job at the end of the queue. */
  public static Job queued(int number, JobRequest request, Origin by, Instant at) {
    return new Job(
        number, request, by, at, new Phase.Queued(), OptionalLong.empty(), Optional.empty());
  }

  Job started(Instant at) {
    return in(new Phase.Running(at, Optional.empty()));
  }

  Job cancelling(Duration grace) {
    return phase instanceof Phase.Running running
        ? in(new Phase.Running(running.since(), Optional.of(grace)))
        : this;
  }

  Job ended(Instant at, Outcome outcome) {
    Optional<Instant> started =
        phase instanceof Phase.Running running ? Optional.of(running.since()) : Optional.empty();
    return new Job(
        number,
        request.withoutScript(),
        by,
        submittedAt,
        new Phase.Ended(started, at, outcome),
        inputSize,
        Optional.empty());
  }

  Job withInput(long size) {
    return new Job(number, request, by, submittedAt, phase, OptionalLong.of(size), holder);
  }

  Job heldBy(Optional<Holder> next) {
    return new Job(number, request, by, submittedAt, phase, inputSize, next);
  }

  /** Whether a client that knows itself by this key may type. */
  public boolean takesInputOf(String key) {
    return request.terminal().isEmpty() || holder.filter(one -> one.key().equals(key)).isPresent();
  }

  private Job in(Phase next) {
    return new Job(number, request, by, submittedAt, next, inputSize, holder);
  }

  /** The grace of a cancel that is still owed to the target. */
  public Optional<Duration> cancel() {
    return phase instanceof Phase.Running running ? running.cancel() : Optional.empty();
  }
}
