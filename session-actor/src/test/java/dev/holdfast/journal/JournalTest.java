package dev.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.protocol.journal.v1.SessionRecord;
import dev.holdfast.session.Broken;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Copy;
import dev.holdfast.session.Core;
import dev.holdfast.session.Disconnected;
import dev.holdfast.session.Disconnected.Reason;
import dev.holdfast.session.Event;
import dev.holdfast.session.Holder;
import dev.holdfast.session.Job;
import dev.holdfast.session.JobRequest;
import dev.holdfast.session.Jobs;
import dev.holdfast.session.Limits;
import dev.holdfast.session.New;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Opening;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Outcome;
import dev.holdfast.session.Removing;
import dev.holdfast.session.Restriction;
import dev.holdfast.session.Session;
import dev.holdfast.session.Setup;
import dev.holdfast.session.Start;
import dev.holdfast.session.Terms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class JournalTest {

  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678901234Z");
  private static final Origin ALICE = new Origin("alice", "ops", "127.0.0.1");
  private static final Cause CAUSE =
      new Cause("refused", "web1 refused the connection", "is sshd running?");
  private static final Terms TERMS =
      new Terms(
          "web1",
          "ssh://root@web1:2222",
          "bash",
          Map.of("tier", "web"),
          Duration.ofHours(24),
          Duration.ofSeconds(30),
          1000,
          1 << 24,
          500,
          "",
          Duration.ZERO);

  private static final Terms FOR_ONCE =
      new Terms(
          "web1.job",
          "ssh://root@web1:2222",
          "bash",
          Map.of(),
          Duration.ofHours(24),
          Duration.ofSeconds(30),
          1000,
          1 << 24,
          500,
          "k3v9x2m4q7pd",
          Duration.ofMinutes(10));

  private static final Terms PROFILED =
      new Terms(
          "web1",
          "local:",
          "sh",
          Map.of(),
          Duration.ofHours(1),
          Duration.ofSeconds(30),
          10,
          100,
          5,
          "",
          Duration.ZERO,
          new Setup(
              "ops",
              7,
              List.of("alice", "bob"),
              new Start("deploy", Map.of("A", "1"), "/srv", "umask 027", Duration.ofSeconds(20)),
              new Limits(
                  Duration.ofMinutes(5),
                  Duration.ofHours(8),
                  Optional.of(Duration.ZERO),
                  2,
                  65_536,
                  true),
              Optional.of(
                  new Restriction(
                      List.of(
                          new Restriction.Allowed("uptime", List.of(), Optional.empty()),
                          new Restriction.Allowed(
                              "tail", List.of("-n", "[0-9]+"), Optional.of("")))))));
  private static final JobRequest REQUEST =
      new JobRequest("key-1", "uname -n", "uname -n\n", Duration.ofMinutes(5), 65_536, true, true);

  private static final JobRequest TERMINAL =
      new JobRequest(
          "key-2",
          "(terminal)",
          "script",
          Duration.ZERO,
          1 << 22,
          true,
          true,
          Optional.of(new JobRequest.Terminal(Duration.ofHours(24))));

  /**
   * One of each, with every field set; only ever add to the end, and write the new lines to
   * journal-v1.hex.
   */
  private static final List<Event> EVENTS =
      List.of(
          new Event.Requested("k3v9x2m4q7pd", TERMS, ALICE),
          new Event.Connecting(7),
          new Event.LinkOpened("boot-1", 2),
          new Event.AttemptFailed(CAUSE, true),
          new Event.LinkLost(Reason.LINK_LOST, Optional.of(CAUSE)),
          new Event.LinkLost(Reason.ASKED, Optional.empty()),
          new Event.LinkLost(Reason.NODE_RESTARTED, Optional.empty()),
          new Event.LinkLost(Reason.REPAIRING, Optional.empty()),
          new Event.Broke(CAUSE, true),
          new Event.Repaired(),
          new Event.RemovalAsked(Optional.of(CAUSE)),
          new Event.SessionClosed(Optional.empty()),
          new Event.JobQueued(1, REQUEST, ALICE),
          new Event.JobMoved(3, 1),
          new Event.JobStarted(1),
          new Event.CancelAsked(1, Duration.ofSeconds(10)),
          new Event.InputEnded(1, 42),
          new Event.JobFinished(1, Outcome.exited(0)),
          new Event.JobFinished(2, Outcome.exited(3)),
          new Event.JobFinished(3, Outcome.of(Outcome.Kind.STOPPED, 143)),
          new Event.JobFinished(4, Outcome.of(Outcome.Kind.TIMED_OUT, 143)),
          new Event.JobFinished(5, Outcome.of(Outcome.Kind.NEVER_STARTED, CAUSE)),
          new Event.JobFinished(6, Outcome.of(Outcome.Kind.INTERRUPTED)),
          new Event.JobFinished(7, Outcome.of(Outcome.Kind.UNKNOWN, CAUSE)),
          new Event.ShellReplaced(1, 2),
          new Event.EscapeesEnded(1, List.of(4711L, 4712L)),
          new Event.SpoolsDeleted(List.of(1, 2, 3)),
          new Event.JobsForgotten(List.of(1, 2)),
          new Event.LinkLost(Reason.PARKED, Optional.empty()),
          new Event.LinkLost(Reason.EXPIRING, Optional.empty()),
          new Event.Requested("k3v9x2m4q7pe", FOR_ONCE, ALICE),
          new Event.JobQueued(1, TERMINAL, ALICE),
          new Event.TerminalHeld(1, "client-1", ALICE, 132, 43),
          new Event.TerminalLeft(1),
          new Event.CopyBegun(new Copy("copy-1", true, "/srv/app")),
          new Event.CopyEnded(new Copy("copy-1", true, "/srv/app"), 3, 4711, Optional.of(CAUSE)),
          new Event.Requested("k3v9x2m4q7pd", PROFILED, ALICE),
          new Event.Refused("rm -rf /", CAUSE));

  @Test
  void everyKindOfEventIsAmongTheSamples() {
    Set<Class<?>> there = EVENTS.stream().map(Object::getClass).collect(Collectors.toSet());
    assertEquals(leaves(Event.class).collect(Collectors.toSet()), there);
  }

  @Test
  void anEventIsReadAsItWasWritten() {
    for (Event event : EVENTS) {
      var entry = new Entry(AT, ALICE, 3, event);
      assertEquals(entry, Entries.read(Entries.write(entry)));
    }
  }

  @Test
  void bytesWrittenByVersionOneAreReadAndWrittenAsEver() throws IOException {
    List<String> kept = golden();
    String now =
        EVENTS.stream()
            .map(
                event ->
                    HexFormat.of()
                        .formatHex(Entries.write(new Entry(AT, ALICE, 0, event)).toByteArray()))
            .collect(Collectors.joining("\n"));
    assertEquals(
        String.join("\n", kept), now, "what is written has changed; old versions must read it too");
    for (int i = 0; i < kept.size(); i++) {
      assertEquals(new Entry(AT, ALICE, 0, EVENTS.get(i)), Entries.read(parse(kept.get(i))));
    }
  }

  @Test
  void anEventOfANewerVersionIsRefusedAndNotGuessed() {
    var unknown =
        dev.holdfast.protocol.journal.v1.Entry.newBuilder().setAt(Values.write(AT)).build();
    assertThrows(IllegalArgumentException.class, () -> Entries.read(unknown));
    assertThrows(
        IllegalArgumentException.class, () -> Snapshots.read(SessionRecord.getDefaultInstance()));
  }

  @Test
  void aSnapshotIsReadAsItWasWritten() {
    Job running =
        new Job(
            2,
            REQUEST,
            ALICE,
            AT,
            new Job.Phase.Running(AT, Optional.of(Duration.ofSeconds(3))),
            OptionalLong.of(9),
            Optional.of(new Holder("key", "ann", AT, 132, 43)));
    Job waiting =
        new Job(
            3, REQUEST, ALICE, AT, new Job.Phase.Queued(), OptionalLong.empty(), Optional.empty());
    Job ended =
        new Job(
            1,
            REQUEST,
            ALICE,
            AT,
            new Job.Phase.Ended(
                Optional.of(AT),
                AT,
                new Outcome(Outcome.Kind.FAILED, OptionalInt.of(1), Optional.of(CAUSE))),
            OptionalLong.empty(),
            Optional.empty());
    var jobs = new Jobs(3, Optional.of(running), List.of(waiting), List.of(ended), List.of(1));
    var core = new Core("k3v9x2m4q7pd", TERMS, ALICE, AT, AT, 5, 2, 3, true, 7, jobs);
    for (Session session :
        List.of(
            new Opening(core, AT, true),
            new Opened(core, "boot"),
            new Disconnected(core, Reason.LINK_LOST, Optional.of(CAUSE)),
            new Broken(core, CAUSE, true),
            new Removing(core, Optional.of(CAUSE), Optional.of(CAUSE)),
            new Closed(core, Optional.of(CAUSE)))) {
      assertEquals(session, Snapshots.read(Snapshots.write(session)));
    }
    assertEquals(new New(), Snapshots.read(Snapshots.write(new New())));
  }

  private static Stream<Class<?>> leaves(Class<?> type) {
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(JournalTest::leaves)
        : Stream.of(type);
  }

  private static List<String> golden() throws IOException {
    try (var in = JournalTest.class.getResourceAsStream("journal-v1.hex")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
    }
  }

  private static dev.holdfast.protocol.journal.v1.Entry parse(String hex) {
    try {
      return dev.holdfast.protocol.journal.v1.Entry.parseFrom(HexFormat.of().parseHex(hex));
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }
}
