package dev.holdfast.api;

import dev.holdfast.actor.Answer;
import dev.holdfast.directory.Directory;
import dev.holdfast.directory.Found;
import dev.holdfast.directory.Selector;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Command;
import dev.holdfast.session.Job;
import dev.holdfast.session.Opening;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Removing;
import dev.holdfast.session.Reply;
import dev.holdfast.session.Session;
import dev.holdfast.session.Terms;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The way from what a caller writes to the session it means. It finds sessions, asks them, and
 * waits for what becomes of them; what belongs to another tenant is not found.
 */
final class Access {

  /** What an attempt may take beyond its own deadline before its caller is answered. */
  static final Duration SLACK = Duration.ofSeconds(10);

  private final Directory directory;
  private final Asks asks;
  private final Administrators administrators;

  Access(Directory directory, Asks asks, Administrators administrators) {
    this.directory = directory;
    this.asks = asks;
    this.administrators = administrators;
  }

  Directory directory() {
    return directory;
  }

  /**
   * The session as the directory has it. One that is given by its whole id is also found if it
   * rests. Whoever may not use it is refused here, whatever it is found for.
   */
  CompletionStage<Session> find(String text, Origin by) {
    return findAny(text, by)
        .thenApply(
            session -> {
              administrators.checkUse(session, by);
              return session;
            });
  }

  private CompletionStage<Session> findAny(String text, Origin by) {
    Found found = directory.find(by.tenant(), Selector.parse(text));
    if (found instanceof Found.One one) {
      return CompletableFuture.completedStage(one.session());
    }
    if (found instanceof Found.Many many) {
      return CompletableFuture.failedStage(
          Refusal.of(
              Kind.AMBIGUOUS,
              "'" + text + "' fits more than one session: " + String.join(", ", many.ids()),
              "use an id"));
    }
    return Ids.isWhole(text)
        ? asks.ask(text, new Command.Look(), by).thenApply(answer -> looked(answer, text, by))
        : CompletableFuture.failedStage(notFound(text));
  }

  /**
   * The session as its keeper has it now, not as this node's directory has heard of it: no answer
   * tells less than one before it did, whichever node gave that. A Closed one does not change.
   */
  CompletionStage<Session> look(String text, Origin by) {
    return find(text, by)
        .thenCompose(
            found ->
                found instanceof Closed
                    ? CompletableFuture.completedStage(found)
                    : ask(found, new Command.Look(), by).thenApply(Answer::session));
  }

  /** The caller's session with this id, if it was ever asked for. */
  CompletionStage<Optional<Session>> known(String id, Origin by) {
    return asks.ask(id, new Command.Look(), by)
        .thenApply(
            answer ->
                Optional.of(answer.session())
                    .filter(session -> answer.reply() instanceof Reply.Accepted)
                    .filter(session -> session.core().owner().tenant().equals(by.tenant())));
  }

  private static Session looked(Answer answer, String text, Origin by) {
    if (answer.reply() instanceof Reply.Refused
        || !answer.session().core().owner().tenant().equals(by.tenant())) {
      throw notFound(text);
    }
    return answer.session();
  }

  private static Refusal notFound(String text) {
    return Refusal.of(
        Kind.NOT_FOUND,
        "there is no session '" + text + "'",
        "'holdfast list' shows the sessions there are");
  }

  /**
   * Opens a session under an id, or finds the one that was opened so, and waits until it is open.
   * One that could not be opened is an error, and is not left behind.
   *
   * @param gone completes when nobody waits any more
   */
  CompletionStage<Session> open(String id, Terms terms, Origin by, CompletableFuture<Void> gone) {
    return askById(id, new Command.Open(id, terms, by), by)
        .thenCompose(
            answer ->
                until(
                    answer.session(),
                    terms.connectTimeout().plus(SLACK),
                    gone,
                    session -> !(session instanceof Opening)))
        .thenApply(Access::opened);
  }

  private static Session opened(Session session) {
    if (session instanceof Removing removing && removing.cause().isPresent()) {
      throw Refusal.of(removing.cause().get());
    }
    if (session instanceof Closed closed && closed.cause().isPresent()) {
      throw Refusal.of(closed.cause().get());
    }
    if (session instanceof Opening) {
      throw stillTrying("opened");
    }
    return session;
  }

  static Refusal stillTrying(String what) {
    return Refusal.of(
        Kind.TIMED_OUT,
        "the session could not be " + what + " within its deadline",
        "look at the target, then ask again");
  }

  /** Finds the session, asks it, and gives its answer if it did not refuse. */
  CompletionStage<Answer> ask(String text, Command command, Origin by) {
    return find(text, by).thenCompose(session -> ask(session, command, by));
  }

  CompletionStage<Answer> ask(Session session, Command command, Origin by) {
    return askById(session.core().id(), command, by);
  }

  CompletionStage<Answer> askById(String id, Command command, Origin by) {
    return asks.ask(id, command, by)
        .thenApply(
            answer -> {
              if (answer.reply() instanceof Reply.Refused refused) {
                throw Refusal.of(refused.cause());
              }
              return answer;
            });
  }

  /** The job's session as it is now. */
  CompletionStage<Session> findJob(JobId id, Origin by) {
    return ask(id.session(), new Command.Look(), by)
        .thenApply(
            answer -> {
              job(answer.session(), id.number());
              return answer.session();
            });
  }

  static Job job(Session session, int number) {
    return session
        .jobs()
        .find(number)
        .orElseThrow(
            () ->
                Refusal.of(
                    new Cause(
                        Kind.NOT_FOUND.word(),
                        "session " + session.core().id() + " has no job " + number,
                        "'holdfast jobs' lists its jobs; the oldest ended ones are forgotten")));
  }

  /**
   * Waits for a session to come to something: completes with the session when it has, or, when the
   * time is over, with the session as it is then.
   *
   * @param last the session as it was seen last; what happens after that is not missed
   * @param gone completes when nobody waits any more
   */
  CompletionStage<Session> until(
      Session last, Duration limit, CompletableFuture<Void> gone, Predicate<Session> reached) {
    if (reached.test(last) || limit.isZero()) {
      return CompletableFuture.completedFuture(last);
    }
    String id = last.core().id();
    var waiting = new CompletableFuture<Optional<Session>>();
    Directory.Watch watch =
        directory.watch(
            id,
            session -> {
              if (reached.test(session)) {
                waiting.complete(Optional.of(session));
              }
            });
    // What has changed between the last look and the watch.
    directory
        .get(id)
        .filter(session -> session != last && reached.test(session))
        .ifPresent(session -> waiting.complete(Optional.of(session)));
    waiting.completeOnTimeout(Optional.empty(), limit.toMillis(), TimeUnit.MILLISECONDS);
    var result = waiting.thenApply(session -> session.or(() -> directory.get(id)).orElse(last));
    // A caller that goes away cancels the result.
    var unused = result.whenComplete((session, failed) -> watch.close());
    return result;
  }
}
