package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Targets that fail: dead supervisors, reboots, full and read-only disks, missing programs. */
class HostScriptHardshipTest {

  static Stream<Shells.Pair> pairs() {
    return Shells.pairs();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void whenTheSupervisorIsKilledTheFilesAnswer(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.run("before", "exit 6");
      wire.start("job", "touch " + host.ledger() + "; sleep 1; exit 7");
      HostOnDisk.eventually("the job runs", () -> Files.exists(host.ledger()));
      host.killSupervisor();
      wire.send("status job");
      assertEquals("DEAD died", wire.expect("DEAD").line(), "the link that was up is told");
      assertEquals("STATE job orphan", wire.expect("STATE").line());
      HostWire next = host.create(2);
      assertEquals("DEAD died", next.next().line());
      assertEquals("done 6 1 -", next.status("before"));
      String generation = shells.keepsState() ? "1" : "2";
      assertEquals(
          "done 7 " + generation + " -", next.awaitStatus("job", s -> !s.equals("orphan")));
      assertEquals("none", next.status("never"));
      next.send("void never");
      assertEquals("STATE never void", next.expect("STATE").line());
      next.send("size job\nping 3\nstart never");
      assertEquals("SIZE job 0 0", next.expect("SIZE").line());
      next.expect("PONG 3");
      assertEquals("dead", next.expect("NOSTART never").word(2));
      next.send("close 0");
      next.expect("CLOSED");
      next.expectEnd();
      assertFalse(Files.exists(host.session()));
      HostOnDisk.eventually("nothing is left", () -> host.processes(" work ").isEmpty());
      assertEquals("GONE closed", host.resume(3).next().line());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aShellWhoseSupervisorIsKilledEndsAfterItsJob(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1, "idle=4");
      wire.start("job", "touch " + host.ledger() + "; sleep 0.5; exec sh -c 'exit 8'");
      HostOnDisk.eventually("the job runs", () -> Files.exists(host.ledger()));
      host.killSupervisor();
      wire.cut();
      HostOnDisk.eventually("all go: " + host.processes(), () -> host.processes().isEmpty());
      assertEquals("8 1 .\n", Files.readString(host.job("job", ".rc")));
    }
  }

  @Test
  void aShellThatDiedWithItsSupervisorIsLost() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.start("job", "touch " + host.ledger() + "; sleep 72");
      HostOnDisk.eventually("the job runs", () -> Files.exists(host.ledger()));
      wire.cut();
      for (long pid : host.processes(" supervise ")) {
        HostOnDisk.kill(pid);
      }
      HostOnDisk.kill(host.workerPid());
      HostWire next = host.resume(2);
      next.expect("DEAD died");
      assertEquals("lost", next.status("job"));
    }
  }

  @Test
  @DisplayName("behaviour 14: a reboot interrupts the job, and is told")
  void aRebootInterruptsTheJob() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.run("before", ":");
      wire.start("job", "sleep 72");
      wire.expect("STARTED");
      wire.cut();
      host.boot("second-boot");
      HostWire next = host.resume(2);
      assertEquals("HOLDFAST 1 second-boot", next.greeting.substring(0, 22));
      assertEquals("DEAD rebooted", next.next().line());
      assertEquals("interrupted", next.status("job"));
      assertEquals("done 0 1 -", next.status("before"));
      assertEquals("FENCED 2", host.resume(2).expect("FENCED").line());
      HostWire third = host.resume(3);
      third.expect("DEAD");
      next.send("void x");
      assertEquals("FENCED 3", next.expect("FENCED").line());
    }
  }

  @Test
  void aProcessThatGotTheSupervisorsNumberIsNotIt() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      host.create(1).expect("READY");
      host.killSupervisor();
      long me = ProcessHandle.current().pid();
      Files.writeString(host.session().resolve("owner"), me + " 1 first-boot\n");
      assertEquals("DEAD died", host.resume(2).next().line());
    }
  }

  @Test
  void anExitCodeWithoutItsEndMarkIsNotBelieved() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.run("job", ":");
      HostOnDisk.eventually(
          "the record has its name", () -> !Files.exists(host.job("job", ".rc.new")));
      host.killSupervisor();
      HostWire next = host.resume(2);
      for (String text : List.of("", "0", "0 1")) {
        Files.writeString(host.job("job", ".rc"), text);
        assertEquals("lost", next.awaitStatus("job", s -> !s.equals("orphan")), "'" + text + "'");
      }
    }
  }

  @Test
  @DisplayName("behaviour 37: a full disk is told, and an exit code is kept or admitted lost")
  void aFullDiskIsTold() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      Path disk = Files.createDirectory(host.dir.resolve("disk"));
      mount(disk, "size=256k,mode=700");
      try {
        HostWire wire =
            new HostWire(
                host.start(
                    List.of("attach", disk + "/state", host.sid, "1", "create", "shell=sh")));
        wire.expect("READY");
        wire.run("small", "echo x");
        int full = wire.run("fill", "cat /dev/zero; exit 7").code();
        assertEquals(7, full);
        assertEquals("done 7 1 -", wire.status("fill"));
        wire.start("more", "echo more >>" + host.ledger());
        assertEquals("nospace", wire.expect("NOSTART more").word(2));
        assertEquals("none", wire.status("more"));
        wire.send("gc fill");
        wire.expect("OK gc fill");
        wire.run("more", "echo more >>" + host.ledger());
        assertEquals(List.of("more"), host.ledgerLines());
        wire.run("fill2", "cat /dev/zero; exit 8");
        String put =
            host.output(
                host.start(List.of("put", disk + "/state", host.sid, "p", "script", "100000")),
                new byte[100_000]);
        assertTrue(put.startsWith("REFUSED nospace"), put);
        var other =
            new HostWire(
                host.start(List.of("attach", disk + "/state", "other", "1", "create", "shell=sh")));
        assertEquals("nospace", other.expect("REFUSED", "READY").word(1));
        wire.send("close 1");
        wire.expect("CLOSED");
      } finally {
        unmount(disk);
      }
    }
  }

  @Test
  @DisplayName("behaviour 37: a read-only spool directory is told")
  void aReadOnlyDiskIsTold() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      Path disk = Files.createDirectory(host.dir.resolve("disk"));
      mount(disk, "ro");
      try {
        assertEquals("readonly", refusal(host, disk.resolve("state"), "a", "shell=sh"));
      } finally {
        unmount(disk);
      }
    }
  }

  private static void mount(Path disk, String options) throws Exception {
    boolean mounted =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", options, "none", disk.toString())
                .redirectErrorStream(true)
                .start()
                .waitFor()
            == 0;
    if (!mounted) {
      System.out.println("skipped: a disk with " + options + ", because we may not mount a tmpfs");
    }
    assumeTrue(mounted);
  }

  private static void unmount(Path disk) throws Exception {
    new ProcessBuilder("umount", "-l", disk.toString()).start().waitFor();
  }

  @Test
  @DisplayName("behaviour 37: a target that cannot keep a session says why")
  void refusalsAreTyped() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      Path bin = Files.createDirectory(host.dir.resolve("bin"));
      for (String program :
          List.of(
              "sh",
              "mkdir",
              "rm",
              "ls",
              "readlink",
              "mkfifo",
              "ln",
              "dd",
              "mv",
              "touch",
              "sed",
              "id")) {
        Files.createSymbolicLink(bin.resolve(program), Shells.find(program).orElseThrow());
      }
      host.environment.put("PATH", bin.toString());
      assertEquals("nosetsid", host.create(1).next().word(1));
      host.environment.remove("PATH");
      assertEquals("noshell", refusal(host, host.root, "a", "shell=no-such-shell"));
      assertEquals("noshell", refusal(host, host.root, "a", "shell=cat"));
      assertEquals("noshell", refusal(host, host.root, "a", "shell=-c"));
      assertEquals("badid", refusal(host, host.root, "../a", "shell=sh"));
      assertEquals("badid", refusal(host, host.root, "x".repeat(81), "shell=sh"));
      Path link = Files.createSymbolicLink(host.dir.resolve("link"), host.dir);
      assertEquals("unsafe", refusal(host, link, "a", "shell=sh"));
      Path open = Files.createDirectory(host.dir.resolve("open"));
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
      assertEquals("unsafe", refusal(host, open, "a", "shell=sh"));
      assertEquals("GONE missing", host.resume(9).next().line());
    }
  }

  @Test
  void withoutSetsidPerlOrPythonDoIt() throws Exception {
    for (String program : List.of("perl", "python3")) {
      if (Shells.find(program).isEmpty()) {
        System.out.println("skipped: setsid by " + program + ", because it is not here");
        continue;
      }
      try (var host = new HostOnDisk(Shells.plain())) {
        Path bin = Files.createDirectory(host.dir.resolve("bin"));
        for (String dir : System.getenv("PATH").split(":", -1)) {
          try (Stream<Path> files = Files.list(Path.of(dir))) {
            for (Path file : files.toList()) {
              String name = file.getFileName().toString();
              if (!List.of("setsid", "perl", "python3").contains(name)
                  && !Files.exists(bin.resolve(name))) {
                Files.createSymbolicLink(bin.resolve(name), file);
              }
            }
          } catch (IOException e) {
            // no such directory
          }
        }
        Files.createSymbolicLink(bin.resolve(program), Shells.find(program).orElseThrow());
        host.environment.put("PATH", bin.toString());
        HostWire wire = host.create(1);
        wire.expect("READY");
        assertEquals("x\n", wire.run("job", "echo x").out());
      }
    }
  }

  @Test
  void aQuotaIsKept() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1, "quota=200000");
      wire.run("big", "head -c 300000 /dev/zero");
      HostOnDisk.eventually(
          "the quota is noticed",
          () -> {
            try {
              wire.start("next" + System.nanoTime(), ":");
              return wire.expect("STARTED", "NOSTART").is("NOSTART");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      wire.send("gc big");
      wire.expect("OK");
      HostOnDisk.eventually(
          "the job's files are gone, and there is room again",
          () -> {
            try {
              wire.start("again" + System.nanoTime(), ":");
              return wire.expect("STARTED", "NOSTART").is("STARTED");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void followGoesOnFromAnOffsetWithoutGapOrRepeat(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.start("job", "for i in 1 2 3 4 5 6; do echo line $i; echo err $i >&2; sleep 0.1; done");
      wire.expect("STARTED");
      Process first = host.run("follow", "job", "0", "0");
      String head = new String(first.getInputStream().readNBytes(10), ISO_8859_1);
      first.getOutputStream().close();
      first.waitFor();
      Process second = host.run("follow", "job", "10", "0");
      String tail = new String(second.getInputStream().readNBytes(32), ISO_8859_1);
      assertEquals("line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n", head + tail);
      second.getOutputStream().close();
      assertEquals(-1, second.getInputStream().read(), "it ends with its standard input");
      second.waitFor();
      HostOnDisk.eventually("its tails go too", () -> host.processes("tail ").isEmpty());
    }
  }

  /**
   * Regression: errors came only with the end of a job, and when a tail was killed, what the shell
   * said of that stood in their place.
   */
  @ParameterizedTest
  @MethodSource("pairs")
  void followCarriesBothStreamsAsTheyComeAndNothingElse(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.start("job", "echo out; echo error >&2; sleep 69");
      wire.expect("STARTED");
      Process follow = host.run("follow", "job", "0", "0");
      assertEquals("out\n", new String(follow.getInputStream().readNBytes(4), ISO_8859_1));
      HostOnDisk.eventually("the error is there", () -> host.errors().equals("error\n"));
      List<ProcessHandle> tails = follow.descendants().toList();
      assertEquals(2, tails.size());
      tails.forEach(ProcessHandle::destroyForcibly);
      HostOnDisk.eventually("the tails are gone", () -> host.processes("tail ").isEmpty());
      follow.getOutputStream().close();
      follow.waitFor();
      assertEquals("error\n", host.errors());
    }
  }

  /** Regression: under mksh a follower that was ended at once left a tail behind, for ever. */
  @ParameterizedTest
  @MethodSource("pairs")
  void followThatIsEndedAtOnceLeavesNothing(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.start("job", "sleep 69");
      wire.expect("STARTED");
      for (int i = 0; i < 10; i++) {
        Process follow = host.run("follow", "job", "0", "0");
        follow.getOutputStream().close();
        follow.waitFor();
      }
      HostOnDisk.eventually("no tail is left", () -> host.processes("tail ").isEmpty());
    }
  }

  @Test
  void sweepDeletesWhatIsOldAndDead() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire live = host.create(1);
      live.expect("READY");
      Path dead = Files.createDirectories(host.root.resolve("s/dead.1/j")).getParent();
      Files.writeString(dead.resolve("owner"), "1 1 other-boot\n");
      Path young = Files.createDirectories(host.root.resolve("s/young.1"));
      Path oldTomb = Files.writeString(host.root.resolve("t/old.1"), "closed\n");
      Path newTomb = Files.writeString(host.root.resolve("t/new.1"), "closed\n");
      for (Path old : List.of(dead.resolve("j"), dead, oldTomb, host.session())) {
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(10))));
      }
      String answer =
          host.output(host.start(List.of("sweep", host.root.toString(), "3")), new byte[0]);
      assertEquals("OK\n", answer);
      assertFalse(Files.exists(dead));
      assertFalse(Files.exists(oldTomb));
      assertTrue(Files.exists(newTomb));
      assertTrue(Files.exists(young));
      assertEquals("alive\n", live.run("job", "echo alive").out());
    }
  }

  private static String refusal(HostOnDisk host, Path root, String sid, String option)
      throws IOException {
    var wire =
        new HostWire(host.start(List.of("attach", root.toString(), sid, "1", "create", option)));
    return wire.expect("REFUSED", "READY").word(1);
  }
}
