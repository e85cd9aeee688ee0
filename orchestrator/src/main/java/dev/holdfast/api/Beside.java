package dev.holdfast.api;

import dev.holdfast.directory.Query;
import dev.holdfast.session.Broken;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Command;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Removing;
import dev.holdfast.session.Session;
import dev.holdfast.session.Terms;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What runs beside a session's queue: each such job has a session of its own, on the same target
 * and with the same shell, that belongs to the first one. So it is started once, fenced, followed
 * and taken over like any other, and neither waits for the other.
 *
 * <p>It goes when its work has been over for a while, and with the session it works beside: at the
 * latest when the node that keeps it has found out that that one is gone.
 */
final class Beside {

  /** How long such a session stays when its job has ended, so that the output can be read. */
  private static final Duration STAYS = Duration.ofHours(1);

  /** Of one session, at a time. */
  private static final int MOST = 50;

  /** Names are 64 characters at most. */
  private static final int NAME = 50;

  private final Access access;

  Beside(Access access) {
    this.access = access;
  }

  /**
   * Opens a session beside another, or finds the one that was opened under this key.
   *
   * @param what the end of its name
   * @param gone completes when nobody waits any more
   */
  CompletionStage<Session> open(
      Session of, String what, String key, Origin by, CompletableFuture<Void> gone) {
    String parent = of.core().id();
    String id = Ids.of(by.tenant(), "beside\0" + parent + "\0" + key);
    List<Session> others = living(parent, by);
    boolean there = others.stream().anyMatch(other -> other.core().id().equals(id));
    if (!there) {
      checkOpen(of);
      if (others.size() >= MOST) {
        throw Refusal.of(
            Kind.QUEUE_FULL,
            MOST + " jobs run beside the session's queue already",
            "wait for some to end, or cancel some; 'holdfast jobs " + parent + "' lists them");
      }
    }
    return access.open(id, terms(of, what), by, gone);
  }

  private static void checkOpen(Session of) {
    if (!of.core().terms().parent().isEmpty()) {
      throw Refusal.invalid(
          "session",
          "works beside another one itself; ask for it beside " + of.core().terms().parent());
    }
    if (of instanceof Closed || of instanceof Removing || of instanceof Broken) {
      throw of instanceof Broken
          ? Refusal.of(
              Kind.BROKEN,
              "the session is Broken and cannot run a job",
              "'holdfast repair " + of.core().id() + "' gives it a new shell")
          : Refusal.of(
              of instanceof Closed ? Kind.CLOSED : Kind.REMOVING,
              "the session is " + of.name() + " and cannot run a job",
              "open another one");
    }
  }

  private static Terms terms(Session of, String what) {
    Terms terms = of.core().terms();
    String name = terms.name().substring(0, Math.min(NAME, terms.name().length()));
    return new Terms(
        name + "." + what.toLowerCase(Locale.ROOT),
        terms.target(),
        terms.shell(),
        Map.of(),
        terms.idleTimeout(),
        terms.connectTimeout(),
        terms.queueLength(),
        terms.queueBytes(),
        terms.jobsKept(),
        of.core().id(),
        STAYS,
        terms.setup());
  }

  /** Those beside a session that live, newest first. */
  List<Session> living(String parent, Origin by) {
    return all(parent, by).stream().filter(other -> !(other instanceof Closed)).toList();
  }

  /** Those beside a session, newest first, of the Closed ones as many as are shown at all. */
  List<Session> all(String parent, Origin by) {
    return access.directory().list(Query.beside(by.tenant(), parent, 1000)).sessions();
  }

  /** Removes those beside a session; each is retried for as long as it takes. */
  CompletionStage<Void> remove(String parent, boolean force, Origin by) {
    CompletableFuture<?>[] asked =
        living(parent, by).stream()
            .map(other -> access.ask(other, new Command.Remove(force), by).toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(asked);
  }
}
