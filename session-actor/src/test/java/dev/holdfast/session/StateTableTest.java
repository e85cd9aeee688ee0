package dev.holdfast.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.session.Command.LinkFailed.Next;
import dev.holdfast.session.Disconnected.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every state and every command: what comes of it, expected here by hand, and printed in full into
 * {@code docs/states.md}.
 *
 * <p>The expectations: {@code -} nothing happens; {@code !kind} it is refused; {@code =} something
 * is done, and the state stays; else the next state. Sessions are idle, or have job 1 ended, job 2
 * running (it takes input) and job 3 waiting, as far as their state allows that.
 */
class StateTableTest {

  private static final Map<String, String> EXPECTED =
      Map.of(
          "New",
          """
                                     | none
          Open                       | Opening
          Open with other terms      | Opening
          Submit                     | !not-found
          Cancel the running         | !not-found
          Cancel a waiting           | !not-found
          Move                       | !not-found
          GiveInput                  | !not-found
          Hold                       | !not-found
          LetGo                      | !not-found
          EndInput                   | !not-found
          MarkRead                   | !not-found
          Disconnect                 | !not-found
          Connect                    | !not-found
          Repair                     | !not-found
          Remove                     | !not-found
          Remove by force            | !not-found
          Look                       | !not-found
          Wake                       | -
          Park                       | -
          Expire                     | -
          Retire                     | -
          LinkUp                     | -
          LinkFailed, busy           | -
          LinkFailed, away           | -
          LinkFailed, refused        | -
          LinkDown                   | -
          ShellGone                  | -
          ShellDead                  | -
          JobEnded                   | -
          ShellRenewed               | -
          EscapeesKilled             | -
          SpoolsCut                  | -
          FarSideEnded               | -
          """,
          "Opening",
          """
                                     | idle         | queue
          Open                       | -            | -
          Open with other terms      | !key-reused  | !key-reused
          Submit                     | =            | =
          Cancel the running         | !not-found   | -
          Cancel a waiting           | !not-found   | =
          Move                       | !not-found   | =
          GiveInput                  | !not-found   | !ended
          Hold                       | !not-found   | !no-terminal
          LetGo                      | !not-found   | -
          EndInput                   | !not-found   | !ended
          MarkRead                   | -            | -
          Disconnect                 | !opening     | !opening
          Connect                    | -            | -
          Repair                     | !not-broken  | !not-broken
          Remove                     | Removing     | Removing
          Remove by force            | Closed       | Closed
          Look                       | -            | -
          Wake                       | =            | =
          Park                       | -            | -
          Expire                     | -            | -
          Retire                     | -            | -
          LinkUp                     | Opened       | Opened
          LinkFailed, busy           | =            | =
          LinkFailed, away           | Removing     | Removing
          LinkFailed, refused        | Closed       | Closed
          LinkDown                   | Removing     | Removing
          ShellGone                  | Closed       | Closed
          ShellDead                  | Removing     | Removing
          JobEnded                   | -            | -
          ShellRenewed               | -            | -
          EscapeesKilled             | -            | =
          SpoolsCut                  | -            | -
          FarSideEnded               | -            | -
          """,
          "Opened",
          """
                                     | idle         | busy
          Open                       | -            | -
          Open with other terms      | !key-reused  | !key-reused
          Submit                     | =            | =
          Cancel the running         | !not-found   | =
          Cancel a waiting           | !not-found   | =
          Move                       | !not-found   | =
          GiveInput                  | !not-found   | =
          Hold                       | !not-found   | !no-terminal
          LetGo                      | !not-found   | -
          EndInput                   | !not-found   | =
          MarkRead                   | -            | =
          Disconnect                 | Disconnected | Disconnected
          Connect                    | -            | -
          Repair                     | !not-broken  | !not-broken
          Remove                     | Removing     | Removing
          Remove by force            | Closed       | Closed
          Look                       | -            | -
          Wake                       | Disconnected | Disconnected
          Park                       | Disconnected | -
          Expire                     | -            | -
          Retire                     | -            | -
          LinkUp                     | -            | -
          LinkFailed, busy           | -            | -
          LinkFailed, away           | -            | -
          LinkFailed, refused        | -            | -
          LinkDown                   | Disconnected | Disconnected
          ShellGone                  | Broken       | Broken
          ShellDead                  | Broken       | Broken
          JobEnded                   | -            | =
          ShellRenewed               | =            | =
          EscapeesKilled             | -            | =
          SpoolsCut                  | -            | =
          FarSideEnded               | -            | -
          """,
          "Disconnected",
          """
                                     | lost, idle   | lost, busy   | asked, idle  | asked, busy  | parked, idle | expiring
          Open                       | -            | -            | -            | -            | -            | -
          Open with other terms      | !key-reused  | !key-reused  | !key-reused  | !key-reused  | !key-reused  | !key-reused
          Submit                     | =            | =            | =            | =            | =            | =
          Cancel the running         | !not-found   | =            | !not-found   | =            | !not-found   | !not-found
          Cancel a waiting           | !not-found   | =            | !not-found   | =            | !not-found   | !not-found
          Move                       | !not-found   | =            | !not-found   | =            | !not-found   | !not-found
          GiveInput                  | !not-found   | -            | !not-found   | =            | !not-found   | !not-found
          Hold                       | !not-found   | !no-terminal | !not-found   | !no-terminal | !not-found   | !not-found
          LetGo                      | !not-found   | -            | !not-found   | -            | !not-found   | !not-found
          EndInput                   | !not-found   | =            | !not-found   | =            | !not-found   | !not-found
          MarkRead                   | -            | =            | -            | =            | -            | -
          Disconnect                 | =            | =            | -            | -            | -            | =
          Connect                    | =            | =            | =            | =            | =            | =
          Repair                     | !not-broken  | !not-broken  | !not-broken  | !not-broken  | !not-broken  | !not-broken
          Remove                     | Removing     | Removing     | Removing     | Removing     | Removing     | Removing
          Remove by force            | Closed       | Closed       | Closed       | Closed       | Closed       | Closed
          Look                       | -            | -            | -            | -            | -            | -
          Wake                       | =            | =            | -            | =            | -            | =
          Park                       | -            | -            | -            | -            | -            | -
          Expire                     | -            | -            | -            | -            | =            | -
          Retire                     | -            | -            | -            | -            | -            | -
          LinkUp                     | Opened       | Opened       | -            | -            | -            | =
          LinkFailed, busy           | =            | =            | -            | -            | -            | =
          LinkFailed, away           | =            | =            | -            | -            | -            | =
          LinkFailed, refused        | Broken       | Broken       | -            | -            | -            | Broken
          LinkDown                   | =            | =            | -            | -            | -            | =
          ShellGone                  | Broken       | Broken       | -            | -            | -            | Broken
          ShellDead                  | Broken       | Broken       | -            | -            | -            | Broken
          JobEnded                   | -            | -            | -            | -            | -            | -
          ShellRenewed               | -            | -            | -            | -            | -            | -
          EscapeesKilled             | -            | =            | -            | =            | -            | -
          SpoolsCut                  | -            | =            | -            | =            | -            | -
          FarSideEnded               | -            | -            | -            | -            | -            | -
          """,
          "Broken",
          """
                                     | away, idle   | away, busy   | gone, idle   | gone, busy
          Open                       | -            | -            | -            | -
          Open with other terms      | !key-reused  | !key-reused  | !key-reused  | !key-reused
          Submit                     | !broken      | !broken      | !broken      | !broken
          Cancel the running         | !not-found   | =            | !not-found   | =
          Cancel a waiting           | !not-found   | =            | !not-found   | =
          Move                       | !not-found   | =            | !not-found   | =
          GiveInput                  | !not-found   | -            | !not-found   | -
          Hold                       | !not-found   | !no-terminal | !not-found   | !no-terminal
          LetGo                      | !not-found   | -            | !not-found   | -
          EndInput                   | !not-found   | =            | !not-found   | =
          MarkRead                   | -            | =            | -            | =
          Disconnect                 | !broken      | !broken      | !broken      | !broken
          Connect                    | Disconnected | Disconnected | !broken      | !broken
          Repair                     | Disconnected | Disconnected | Disconnected | !settling
          Remove                     | Removing     | Removing     | Removing     | Removing
          Remove by force            | Closed       | Closed       | Closed       | Closed
          Look                       | -            | -            | -            | -
          Wake                       | -            | -            | -            | =
          Park                       | -            | -            | -            | -
          Expire                     | -            | -            | -            | -
          Retire                     | -            | -            | -            | -
          LinkUp                     | =            | =            | =            | =
          LinkFailed, busy           | -            | -            | -            | =
          LinkFailed, away           | -            | -            | -            | =
          LinkFailed, refused        | -            | -            | -            | =
          LinkDown                   | -            | -            | -            | =
          ShellGone                  | =            | =            | =            | =
          ShellDead                  | =            | =            | =            | =
          JobEnded                   | -            | =            | -            | =
          ShellRenewed               | -            | -            | -            | -
          EscapeesKilled             | -            | =            | -            | =
          SpoolsCut                  | -            | =            | -            | =
          FarSideEnded               | -            | -            | -            | -
          """,
          "Removing",
          """
                                     | idle         | busy
          Open                       | -            | -
          Open with other terms      | !key-reused  | !key-reused
          Submit                     | !removing    | !removing
          Cancel the running         | !not-found   | -
          Cancel a waiting           | !not-found   | -
          Move                       | !not-found   | !not-waiting
          GiveInput                  | !not-found   | -
          Hold                       | !not-found   | !no-terminal
          LetGo                      | !not-found   | -
          EndInput                   | !not-found   | =
          MarkRead                   | -            | =
          Disconnect                 | !removing    | !removing
          Connect                    | !removing    | !removing
          Repair                     | !not-broken  | !not-broken
          Remove                     | =            | =
          Remove by force            | Closed       | Closed
          Look                       | -            | -
          Wake                       | =            | =
          Park                       | -            | -
          Expire                     | -            | -
          Retire                     | -            | -
          LinkUp                     | =            | =
          LinkFailed, busy           | =            | =
          LinkFailed, away           | =            | =
          LinkFailed, refused        | =            | =
          LinkDown                   | =            | =
          ShellGone                  | Closed       | Closed
          ShellDead                  | =            | =
          JobEnded                   | -            | =
          ShellRenewed               | -            | -
          EscapeesKilled             | -            | =
          SpoolsCut                  | -            | =
          FarSideEnded               | Closed       | Closed
          """,
          "Closed",
          """
                                     | idle         | used
          Open                       | -            | -
          Open with other terms      | !key-reused  | !key-reused
          Submit                     | !closed      | !closed
          Cancel the running         | !not-found   | -
          Cancel a waiting           | !not-found   | -
          Move                       | !closed      | !closed
          GiveInput                  | !not-found   | !ended
          Hold                       | !not-found   | !no-terminal
          LetGo                      | !not-found   | -
          EndInput                   | !not-found   | !ended
          MarkRead                   | -            | -
          Disconnect                 | !closed      | !closed
          Connect                    | !closed      | !closed
          Repair                     | !not-broken  | !not-broken
          Remove                     | -            | -
          Remove by force            | -            | -
          Look                       | -            | -
          Wake                       | =            | =
          Park                       | -            | -
          Expire                     | -            | -
          Retire                     | -            | -
          LinkUp                     | -            | -
          LinkFailed, busy           | -            | -
          LinkFailed, away           | -            | -
          LinkFailed, refused        | -            | -
          LinkDown                   | -            | -
          ShellGone                  | -            | -
          ShellDead                  | -            | -
          JobEnded                   | -            | -
          ShellRenewed               | -            | -
          EscapeesKilled             | -            | =
          SpoolsCut                  | -            | =
          FarSideEnded               | -            | -
          """);

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long EPOCH = 5;
  private static final Cause WHY = new Cause("link-lost", "the link is lost", "wait");

  // ---- the tests

  @Test
  void everyStateIsRepresentedAndEveryCommandIsAsked() {
    Set<Class<?>> states = new LinkedHashSet<>();
    sessions().values().forEach(list -> list.values().forEach(s -> states.add(s.getClass())));
    assertEquals(Set.of(Session.class.getPermittedSubclasses()), states);

    Set<Class<?>> asked =
        commands(EPOCH).values().stream().map(Object::getClass).collect(Collectors.toSet());
    assertEquals(leaves(Command.class).collect(Collectors.toSet()), asked);
  }

  @Test
  void everyStateMeetsEveryCommandAsExpected() {
    sessions()
        .forEach(
            (state, representatives) ->
                assertEquals(
                    EXPECTED.getOrDefault(state, "nobody has said what to expect of " + state),
                    met(representatives),
                    state));
  }

  @Test
  void aReportOfAnotherEpochIsDroppedInEveryState() {
    for (long stale : new long[] {EPOCH - 1, EPOCH + 1}) {
      commands(stale).values().stream()
          .filter(Command.Report.class::isInstance)
          .forEach(
              report ->
                  everySession()
                      .forEach(s -> assertEquals(Decision.nothing(), report.decide(s, NOW))));
    }
  }

  @Test
  void theWholeTableIsPrintedInTheDocs() throws IOException {
    Path printed = Path.of("target", "states.md");
    Path kept = Path.of("docs", "states.md");
    Files.createDirectories(printed.getParent());
    Files.writeString(printed, page());
    if ("write".equals(System.getProperty("holdfast.docs"))) {
      Files.writeString(kept, page());
    }

    assertTrue(
        Files.exists(kept) && Files.readString(kept).equals(page()),
        kept.toAbsolutePath()
            + " is not what the rules do now. Compare it with "
            + printed.toAbsolutePath()
            + "; to accept: mvn test -pl session-actor -am -Dtest=StateTableTest -Dholdfast.docs=write"
            + " -Dsurefire.failIfNoSpecifiedTests=false");
  }

  // ---- what comes of it

  private static String met(Map<String, Session> representatives) {
    var table = new StringBuilder(line("", representatives.keySet()));
    commands(EPOCH)
        .forEach(
            (name, command) ->
                table.append(
                    line(
                        name,
                        representatives.values().stream().map(s -> inShort(s, command)).toList())));
    return table.toString();
  }

  private static String line(String name, Iterable<String> cells) {
    var line = new StringBuilder(String.format("%-26s", name));
    cells.forEach(cell -> line.append(String.format(" | %-12s", cell)));
    return line.toString().stripTrailing() + "\n";
  }

  private static String inShort(Session session, Command command) {
    Decision decision = command.decide(session, NOW);
    if (decision.reply() instanceof Reply.Refused refused) {
      return "!" + refused.cause().kind();
    }
    if (decision.events().isEmpty() && decision.actions().isEmpty()) {
      return "-";
    }
    String next = after(session, decision).name();
    return next.equals(session.name()) ? "=" : next;
  }

  private static String inFull(Session session, Command command) {
    Decision decision = command.decide(session, NOW);
    if (decision.reply() instanceof Reply.Refused refused) {
      return "refused " + refused.cause().kind();
    }
    if (decision.events().isEmpty() && decision.actions().isEmpty()) {
      return "-";
    }
    return Stream.of(
            Stream.of("-> **" + after(session, decision).name() + "**"),
            decision.events().stream().map(StateTableTest::nameOf),
            decision.actions().stream().map(action -> "_" + nameOf(action) + "_"))
        .flatMap(words -> words)
        .collect(Collectors.joining(" "));
  }

  private static String nameOf(Object what) {
    return what.getClass().getSimpleName();
  }

  private static Session after(Session session, Decision decision) {
    Session next = session;
    for (Event event : decision.events()) {
      next = event.evolve(next, NOW);
    }
    return next;
  }

  private static String page() {
    var page =
        new StringBuilder(
            """
            # Every state, every command

            Printed by `StateTableTest`; not edited by hand. A cell says what comes of the command: `refused` and the kind of
            refusal; `-` for nothing, because it is so already or does not matter any more; else the next **state**, the events
            that are written, and the _actions_ that follow. A report of another epoch than the session's changes nothing, in
            every state. The sessions shown are idle, or have job 1 ended, job 2 running (it takes input) and job 3 waiting, as
            far as their state allows that.

            """);
    sessions()
        .forEach(
            (state, representatives) -> {
              page.append("## ").append(state).append("\n\n| command |");
              representatives.keySet().forEach(name -> page.append(' ').append(name).append(" |"));
              page.append("\n|---|").append("---|".repeat(representatives.size())).append('\n');
              commands(EPOCH)
                  .forEach(
                      (name, command) -> {
                        page.append("| ").append(name).append(" |");
                        representatives
                            .values()
                            .forEach(s -> page.append(' ').append(inFull(s, command)).append(" |"));
                        page.append('\n');
                      });
              page.append('\n');
            });
    return page.toString().stripTrailing() + "\n";
  }

  // ---- who is asked

  private static Stream<Session> everySession() {
    return sessions().values().stream().flatMap(list -> list.values().stream());
  }

  private static Map<String, Map<String, Session>> sessions() {
    Core idle = core(Jobs.NONE);
    Core busy = core(new Jobs(3, Optional.of(job(2)), List.of(job(3)), List.of(job(1)), one()));
    Core queue =
        core(new Jobs(3, Optional.empty(), List.of(job(3)), List.of(job(1), done(2)), List.of()));
    Core ending =
        core(new Jobs(3, Optional.of(job(2)), List.of(), List.of(job(1), done(3)), one()));
    Core used =
        core(
            new Jobs(
                3, Optional.empty(), List.of(), List.of(job(1), done(3), done(2)), List.of(1, 2)));
    Optional<Cause> none = Optional.empty();
    Instant deadline = NOW.plusSeconds(20);

    var all = new LinkedHashMap<String, Map<String, Session>>();
    all.put("New", row("none", new New()));
    all.put(
        "Opening",
        row(
            "idle",
            new Opening(idle, deadline, false),
            "queue",
            new Opening(queue, deadline, false)));
    all.put("Opened", row("idle", new Opened(idle, "boot"), "busy", new Opened(busy, "boot")));
    all.put(
        "Disconnected",
        row(
            "lost, idle",
            new Disconnected(idle, Reason.LINK_LOST, none),
            "lost, busy",
            new Disconnected(busy, Reason.LINK_LOST, Optional.of(WHY)),
            "asked, idle",
            new Disconnected(idle, Reason.ASKED, none),
            "asked, busy",
            new Disconnected(busy, Reason.ASKED, none),
            "parked, idle",
            new Disconnected(idle.since(NOW.minus(World.TERMS.idleTimeout())), Reason.PARKED, none),
            "expiring",
            new Disconnected(idle, Reason.EXPIRING, none)));
    all.put(
        "Broken",
        row(
            "away, idle",
            new Broken(idle, WHY, false),
            "away, busy",
            new Broken(busy, WHY, false),
            "gone, idle",
            new Broken(idle, WHY, true),
            "gone, busy",
            new Broken(busy, WHY, true)));
    all.put(
        "Removing",
        row("idle", new Removing(idle, none, none), "busy", new Removing(ending, none, none)));
    all.put("Closed", row("idle", new Closed(idle, none), "used", new Closed(used, none)));
    return all;
  }

  private static Map<String, Session> row(Object... namesAndSessions) {
    var row = new LinkedHashMap<String, Session>();
    for (int i = 0; i < namesAndSessions.length; i += 2) {
      row.put((String) namesAndSessions[i], (Session) namesAndSessions[i + 1]);
    }
    return row;
  }

  private static Core core(Jobs jobs) {
    return new Core("k3v9x2m4q7pd", World.TERMS, World.ANN, NOW, NOW, EPOCH, 1, 1, true, 0, jobs);
  }

  private static List<Integer> one() {
    return List.of(1);
  }

  /** Job 1 has ended, job 2 runs, all others wait. */
  private static Job job(int number) {
    Job job = Job.queued(number, request("key-" + number), World.ANN, NOW);
    return switch (number) {
      case 1 -> job.started(NOW).ended(NOW, Outcome.exited(0));
      case 2 -> job.started(NOW);
      default -> job;
    };
  }

  private static Job done(int number) {
    return Job.queued(number, request("key-" + number), World.ANN, NOW)
        .ended(NOW, Outcome.of(Outcome.Kind.STOPPED));
  }

  private static JobRequest request(String key) {
    return new JobRequest(key, "a job", "true", Duration.ZERO, 0, false, true);
  }

  // ---- what is asked

  private static Map<String, Command> commands(long epoch) {
    Duration grace = Duration.ofSeconds(10);
    var all = new LinkedHashMap<String, Command>();
    all.put("Open", new Command.Open("k3v9x2m4q7pd", World.TERMS, World.ANN));
    all.put(
        "Open with other terms", new Command.Open("k3v9x2m4q7pd", Core.NONE.terms(), World.ANN));
    all.put("Submit", new Command.Submit(request("key-4"), World.ANN));
    all.put("Cancel the running", new Command.Cancel(2, grace));
    all.put("Cancel a waiting", new Command.Cancel(3, grace));
    all.put("Move", new Command.Move(3, 1));
    all.put("GiveInput", new Command.GiveInput(2));
    all.put("Hold", new Command.Hold(2, "client", World.ANN, false, 80, 24));
    all.put("LetGo", new Command.LetGo(2, "client"));
    all.put("EndInput", new Command.EndInput(2, 7));
    all.put("MarkRead", new Command.MarkRead(2, 1, 1));
    all.put("Disconnect", new Command.Disconnect());
    all.put("Connect", new Command.Connect());
    all.put("Repair", new Command.Repair());
    all.put("Remove", new Command.Remove(false));
    all.put("Remove by force", new Command.Remove(true));
    all.put("Look", new Command.Look());
    all.put("Wake", new Command.Wake());
    all.put("Park", new Command.Park());
    all.put("Expire", new Command.Expire());
    all.put("Retire", new Command.Retire());
    all.put("LinkUp", new Command.LinkUp(epoch, "boot", 1));
    all.put("LinkFailed, busy", new Command.LinkFailed(epoch, WHY, Next.RETRY, false));
    all.put("LinkFailed, away", new Command.LinkFailed(epoch, WHY, Next.RETRY_IF_OPEN, true));
    all.put("LinkFailed, refused", new Command.LinkFailed(epoch, WHY, Next.GIVE_UP, false));
    all.put("LinkDown", new Command.LinkDown(epoch, WHY));
    all.put("ShellGone", new Command.ShellGone(epoch, WHY));
    all.put("ShellDead", new Command.ShellDead(epoch, WHY));
    all.put("JobEnded", new Command.JobEnded(epoch, 2, Outcome.exited(0)));
    all.put("ShellRenewed", new Command.ShellRenewed(epoch, 2, 2));
    all.put("EscapeesKilled", new Command.EscapeesKilled(epoch, 2, List.of(4711L)));
    all.put("SpoolsCut", new Command.SpoolsCut(epoch, List.of(1)));
    all.put("FarSideEnded", new Command.FarSideEnded(epoch));
    return all;
  }

  private static Stream<Class<?>> leaves(Class<?> type) {
    return type.isInterface()
        ? Stream.of(type.getPermittedSubclasses()).flatMap(StateTableTest::leaves)
        : Stream.of(type);
  }
}
