package dev.holdfast.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.session.Restriction.Allowed;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a profile has laid down for a session, by the rules alone. */
class ProfileTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Origin ANN = World.ANN;
  private static final Cause LOST = new Cause("target-restarted", "it restarted", "");
  private static final Restriction ONLY =
      new Restriction(
          List.of(
              new Allowed("uptime", List.of(), Optional.empty()),
              new Allowed("/bin/echo", List.of("-n|[a-z]+"), Optional.of("[a-z ]*"))));

  private Session session = new New();

  private static Terms terms(Limits limits, Optional<Restriction> only) {
    Terms plain = World.TERMS;
    return new Terms(
        plain.name(),
        plain.target(),
        plain.shell(),
        Map.of(),
        plain.idleTimeout(),
        plain.connectTimeout(),
        3,
        1000,
        4,
        "",
        Duration.ZERO,
        new Setup("ops", 2, List.of("ann"), Start.PLAIN, limits, only));
  }

  private static Limits limits(Duration session, int repairs) {
    return new Limits(Duration.ofMinutes(5), session, Optional.empty(), repairs, 70_000, true);
  }

  private void open(Terms terms) {
    tell(new Command.Open("k3v9x2m4q7pd", terms, ANN), NOW);
    up();
  }

  private void up() {
    tell(new Command.LinkUp(session.core().epoch(), "boot", 1), NOW);
    assertInstanceOf(Opened.class, session);
  }

  private Decision tell(Command command, Instant now) {
    Decision decision = command.decide(session, now);
    decision.events().forEach(event -> session = event.evolve(session, now));
    return decision;
  }

  private static JobRequest words(String... words) {
    List<String> argv = List.of(words);
    return new JobRequest("key", "label", Words.quoted(argv), Duration.ZERO, 0, false, false, argv);
  }

  private Decision submit(JobRequest request) {
    return tell(new Command.Submit(request, ANN), NOW);
  }

  @Test
  @DisplayName("behaviour 47: a restricted session runs a listed command, its words in quotes")
  void aListedCommandIsRun() {
    open(terms(Limits.NONE, Optional.of(ONLY)));
    submit(words("/bin/echo", "hello", "a b"));
    assertEquals(
        "'/bin/echo' 'hello' 'a b'", session.jobs().running().orElseThrow().request().script());
  }

  @Test
  @DisplayName("behaviour 47: everything else is refused, and the refusal is in the history")
  void everythingElseIsRefusedAndWrittenDown() {
    open(terms(Limits.NONE, Optional.of(ONLY)));
    List<JobRequest> refused =
        List.of(
            words("uptime", "-p"),
            words("/bin/echo"),
            words("/bin/echo", "hello; id"),
            words("/bin/echo", "hello\n"),
            words("/bin/echo", "xhellox$(id)"),
            words("echo", "hello"),
            words("/bin/echo", "hello", "`id`"),
            new JobRequest("key", "uptime", "uptime", Duration.ZERO, 0, false, false),
            new JobRequest("key", "x", "id", Duration.ZERO, 0, false, false, List.of("uptime")));
    for (JobRequest request : refused) {
      Decision decision = submit(request);
      assertEquals(
          "command-refused",
          assertInstanceOf(Reply.Refused.class, decision.reply()).cause().kind(),
          request::toString);
      assertInstanceOf(Event.Refused.class, decision.events().get(0));
      assertTrue(decision.actions().isEmpty());
      assertTrue(session.jobs().idle());
    }
  }

  @Test
  @DisplayName("behaviour 47: a pattern that would take for ever refuses instead")
  void aPatternThatWouldTakeForEverRefuses() {
    var slow = new Allowed("uptime", List.of("(a+)+b"), Optional.empty());
    open(terms(Limits.NONE, Optional.of(new Restriction(List.of(slow)))));
    assertInstanceOf(Reply.Refused.class, submit(words("uptime", "a".repeat(5000) + "c")).reply());
  }

  @Test
  @DisplayName("behaviour 47: of the limits of job and profile the smaller one holds")
  void theSmallerLimitHolds() {
    Limits limits = limits(Duration.ZERO, 0);
    var free = limits.grant(new JobRequest("k", "l", "s", Duration.ZERO, 0, false, false));
    assertEquals(Duration.ofMinutes(5), free.timeout());
    assertEquals(70_000, free.outputLimit());
    assertTrue(free.drop());
    var within =
        limits.grant(new JobRequest("k", "l", "s", Duration.ofSeconds(9), 66_000, false, false));
    assertEquals(Duration.ofSeconds(9), within.timeout());
    assertEquals(66_000, within.outputLimit());
    assertEquals(false, within.drop());
    var beyond =
        limits.grant(new JobRequest("k", "l", "s", Duration.ofHours(9), 99_000, false, false));
    assertEquals(Duration.ofMinutes(5), beyond.timeout());
    assertEquals(70_000, beyond.outputLimit());
    assertEquals(
        new JobRequest("k", "l", "s", Duration.ofHours(9), 0, false, false),
        Limits.NONE.grant(new JobRequest("k", "l", "s", Duration.ofHours(9), 0, false, false)));
  }

  @Test
  @DisplayName("behaviours 14, 47: a session repairs itself as often as its profile says")
  void itRepairsItselfSoOften() {
    open(terms(limits(Duration.ZERO, 1), Optional.empty()));
    tell(new Command.ShellDead(session.core().epoch(), LOST), NOW);
    assertEquals(
        Disconnected.Reason.REPAIRING, assertInstanceOf(Disconnected.class, session).reason());
    up();
    assertEquals(2, session.core().incarnation());
    tell(new Command.ShellDead(session.core().epoch(), LOST), NOW);
    assertInstanceOf(Broken.class, session);
  }

  @Test
  @DisplayName("behaviours 14, 47: first it is asked how the running job ended")
  void beforeItRepairsItselfTheJobIsSettled() {
    open(terms(limits(Duration.ZERO, 1), Optional.empty()));
    submit(words("make"));
    tell(new Command.ShellDead(session.core().epoch(), LOST), NOW);
    assertInstanceOf(Broken.class, session);
    tell(
        new Command.JobEnded(session.core().epoch(), 1, Outcome.of(Outcome.Kind.INTERRUPTED, LOST)),
        NOW);
    assertInstanceOf(Disconnected.class, session);
  }

  @Test
  @DisplayName("behaviours 8, 47: an expired session does not repair itself")
  void anExpiredSessionDoesNotRepairItself() {
    open(terms(limits(Duration.ZERO, 9), Optional.empty()));
    tell(
        new Command.ShellGone(session.core().epoch(), new Cause("expired", "it expired", "")), NOW);
    assertInstanceOf(Broken.class, session);
  }

  @Test
  @DisplayName("behaviour 47: when its time is over a session is removed, and not before")
  void whenItsTimeIsOverItIsRemoved() {
    open(terms(limits(Duration.ofHours(1), 0), Optional.empty()));
    assertEquals(Decision.nothing(), tell(new Command.Retire(), NOW.plus(Duration.ofMinutes(59))));
    tell(new Command.Retire(), NOW.plus(Duration.ofHours(1)));
    assertInstanceOf(Removing.class, session);
  }

  @Test
  @DisplayName("behaviour 47: a shell begins with the environment and the directory, by value")
  void aShellBeginsWithEnvironmentAndDirectory() {
    var start =
        new Start("", Map.of("B", "it's $HOME", "A", "1"), "/srv/a b", "umask 027", Duration.ZERO);
    assertEquals(
        "export A='1'\nexport B='it'\\''s $HOME'\ncd '/srv/a b' || return\numask 027",
        start.text());
    assertEquals("", Start.PLAIN.text());
  }
}
