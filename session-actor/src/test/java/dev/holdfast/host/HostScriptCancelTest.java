package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How jobs are ended from outside: cancel, time-out, and the close of the session. */
class HostScriptCancelTest {

  static Stream<Shells.Pair> pairs() {
    return Shells.pairs();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 24: cancel ends the job and keeps the shell's state where it can")
  void cancelEndsTheJob(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.run("set", "x=kept");
      for (String job :
          List.of("sleep 71", "while :; do :; done", "(trap '' TERM; sleep 711; :)")) {
        String name = "j" + job.length();
        wire.start(name, "touch " + host.ledger() + "\n" + job);
        HostOnDisk.eventually("the job runs", () -> Files.exists(host.ledger()));
        Files.delete(host.ledger());
        wire.send("cancel " + name + " 1");
        wire.expect("CANCELLING " + name);
        var exit = wire.expect("EXIT " + name);
        assertEquals("cancel", exit.word(4));
        assertTrue(exit.code() > 0, exit.line());
        assertEquals(List.of(), host.processes("sleep 71"));
        assertTrue(wire.status(name).endsWith(" cancel"));
      }
      if (shells.keepsState()) {
        assertEquals("kept\n", wire.run("state", "echo $x").out());
      }
      wire.send("cancel set 1");
      assertEquals("STATE set done 0 1 -", wire.expect("STATE").line());
    }
  }

  @Test
  void aJobThatIgnoresEverythingIsKilledWithItsShell() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.start("deaf", "trap '' TERM; touch " + host.ledger() + "; while :; do :; done");
      HostOnDisk.eventually("the job runs", () -> Files.exists(host.ledger()));
      wire.send("cancel deaf 0");
      assertEquals("EXIT deaf 137 1 cancel empty", wire.expect("EXIT").line());
      assertTrue(wire.said("RENEWED 2 deaf"));
      assertEquals("new\n", wire.run("next", "echo new").out());
    }
  }

  @Test
  void processesThatLeftTheGroupAreFoundByTheirMarkAndReported() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.run("old", "setsid sleep 70 & :");
      wire.start("job", "setsid sleep 62 & touch " + host.ledger() + "; wait; sleep 63");
      HostOnDisk.eventually(
          "the job runs",
          () -> Files.exists(host.ledger()) && !host.processes("sleep 62").isEmpty());
      long escaped = host.processes("sleep 62").get(0);
      wire.send("cancel job 2");
      assertEquals("ESCAPED job " + escaped, wire.expect("ESCAPED").line());
      assertEquals("cancel", wire.expect("EXIT job").word(4));
      assertEquals(List.of(), host.processes("sleep 62"));
      assertEquals(1, host.processes("sleep 70").size(), "another job's process is spared");
    }
  }

  @Test
  @DisplayName("behaviour 25: a job over its time is ended like a cancel")
  void aJobOverItsTimeIsEnded() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      var exit = wire.run("slow", "echo begun; sleep 64", "timeout=1");
      assertEquals("timeout", exit.word(4));
      assertEquals("begun\n", exit.out());
      assertEquals(List.of(), host.processes("sleep 64"));
      assertEquals("fast\n", wire.run("fast", "echo fast", "timeout=600").out());
      HostOnDisk.eventually("its timer goes with it", () -> host.processes("sleep 600").isEmpty());
      assertTrue(wire.status("slow").endsWith(" timeout"));
    }
  }

  /** A signal that came before the timer knew its sleep left the sleep behind. */
  @ParameterizedTest
  @MethodSource("pairs")
  void noTimerOutlivesAShortJob(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      for (int i = 0; i < 30; i++) {
        wire.run("job" + i, ":", "timeout=601");
      }
      HostOnDisk.eventually("the timers go", () -> host.processes("sleep 601").isEmpty());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 10: close ends every process and deletes everything but a tombstone")
  void closeLeavesNothing(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.run("bg", "sleep 65 & :");
      wire.run("escaped", "setsid sleep 66 & :");
      wire.run("copy", "exit 3");
      wire.start("job", "trap '' TERM; sleep 67");
      wire.expect("STARTED job");
      wire.send("close 1");
      wire.expect("CLOSED");
      wire.expectEnd();
      assertFalse(Files.exists(host.session()));
      assertEquals("closed\n", Files.readString(host.tombstone()));
      HostOnDisk.eventually(
          "no process is left: " + host.processes(), () -> host.processes().isEmpty());
      assertEquals("GONE closed", host.resume(2).next().line());
      assertEquals("GONE closed", host.create(3).next().line());
    }
  }

  @Test
  @DisplayName("behaviour 8: idle time counts only while no link is attached and no job runs")
  void anIdleSessionExpires() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1, "idle=1");
      wire.run("bg", "sleep 68 & :");
      wire.start("job", "sleep 4; echo done >>" + host.ledger());
      wire.expect("STARTED");
      wire.hangUp();
      HostOnDisk.eventually("it expires", () -> Files.exists(host.tombstone()));
      assertEquals(List.of("done"), host.ledgerLines());
      HostOnDisk.eventually("nothing is left", () -> host.processes().isEmpty());
      assertEquals("GONE expired", host.resume(2).next().line());
    }
  }
}
