package dev.holdfast.session;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The jobs of one session. At most one runs; the others wait in order; ended ones are remembered up
 * to a bound.
 *
 * @param last the highest number given so far
 * @param running the job that was handed to the target and whose end is not known
 * @param waiting first in, first out, unless somebody moved one
 * @param ended oldest first
 * @param uncut numbers of ended jobs whose spool files may still be on the target
 */
public record Jobs(
    int last, Optional<Job> running, List<Job> waiting, List<Job> ended, List<Integer> uncut) {

  public static final Jobs NONE = new Jobs(0, Optional.empty(), List.of(), List.of(), List.of());

  public Jobs {
    waiting = List.copyOf(waiting);
    ended = List.copyOf(ended);
    uncut = List.copyOf(uncut);
  }

  /** The first in the queue. */
  public Optional<Job> next() {
    return waiting.stream().findFirst();
  }

  /** Whether nothing runs and nothing waits. */
  public boolean idle() {
    return running.isEmpty() && waiting.isEmpty();
  }

  /** Whether the target is still to be told something: a job that waits, or a cancel. */
  boolean owed() {
    return !waiting.isEmpty() || running.flatMap(Job::cancel).isPresent();
  }

  /** When the last of those that have ended did. */
  Optional<Instant> lastEnd() {
    return ended.isEmpty() || !(ended.get(ended.size() - 1).phase() instanceof Job.Phase.Ended end)
        ? Optional.empty()
        : Optional.of(end.at());
  }

  /** A job by its number, wherever it is in its life. */
  public Optional<Job> find(int number) {
    return all().filter(job -> job.number() == number).findFirst();
  }

  /** The job that was submitted with this key. */
  public Optional<Job> withKey(String key) {
    return all().filter(job -> job.request().key().equals(key)).findFirst();
  }

  /** Running, then waiting, then ended. */
  public Stream<Job> all() {
    return Stream.of(running.stream(), waiting.stream(), ended.stream()).flatMap(jobs -> jobs);
  }

  /** The place in the queue from 1, or 0 when the job does not wait. */
  public int position(int number) {
    for (int i = 0; i < waiting.size(); i++) {
      if (waiting.get(i).number() == number) {
        return i + 1;
      }
    }
    return 0;
  }

  boolean isRunning(int number) {
    return running.filter(job -> job.number() == number).isPresent();
  }

  long bytesWaiting() {
    return waiting.stream().mapToLong(job -> job.request().scriptBytes()).sum();
  }

  Jobs queued(Job job) {
    return new Jobs(job.number(), running, plus(waiting, job), ended, uncut);
  }

  Jobs moved(int number, int position) {
    Job job = find(number).orElseThrow();
    var order = new ArrayList<>(without(waiting, number));
    order.add(Math.min(Math.max(position, 1) - 1, order.size()), job);
    return new Jobs(last, running, order, ended, uncut);
  }

  Jobs started(int number, Instant at) {
    Job job = find(number).orElseThrow();
    return new Jobs(last, Optional.of(job.started(at)), without(waiting, number), ended, uncut);
  }

  Jobs ended(int number, Instant at, Outcome outcome) {
    Job job = find(number).orElseThrow();
    boolean ran = isRunning(number);
    return new Jobs(
        last,
        ran ? Optional.empty() : running,
        without(waiting, number),
        plus(ended, job.ended(at, outcome)),
        ran ? plus(uncut, number) : uncut);
  }

  Jobs with(int number, UnaryOperator<Job> change) {
    UnaryOperator<Job> here = job -> job.number() == number ? change.apply(job) : job;
    return new Jobs(last, running.map(here), waiting.stream().map(here).toList(), ended, uncut);
  }

  Jobs cut(List<Integer> numbers) {
    var gone = new TreeSet<>(numbers);
    return new Jobs(
        last, running, waiting, ended, uncut.stream().filter(n -> !gone.contains(n)).toList());
  }

  Jobs forgotten(List<Integer> numbers) {
    var gone = new TreeSet<>(numbers);
    return new Jobs(
        last,
        running,
        waiting,
        ended.stream().filter(job -> !gone.contains(job.number())).toList(),
        uncut);
  }

  /** The oldest ended jobs beyond the bound. */
  List<Integer> beyond(int kept) {
    return ended.stream().limit(Math.max(0, ended.size() - kept)).map(Job::number).toList();
  }

  private static <T> List<T> plus(List<T> list, T one) {
    return Stream.concat(list.stream(), Stream.of(one)).toList();
  }

  private static List<Job> without(List<Job> jobs, int number) {
    return jobs.stream().filter(job -> job.number() != number).toList();
  }
}
