package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is on record of ended jobs: when it counts, and how it is deleted. */
class HostScriptRecordTest {

  static Stream<Shells.Pair> pairs() {
    return Shells.pairs();
  }

  /** The end is told before the record has its name: whoever dies in between, it stays the same. */
  @Test
  void anOutcomeThatWasToldStaysWhenTheShellIsKilledBeforeTheRename() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      firstRename(host, "kill -9 $PPID");
      HostWire wire = host.create(1);
      assertEquals("EXIT job 3 1 - inline", wire.run("job", "echo x; (exit 3)").line());
      wire.expect("RENEWED 2 -");
      assertEquals("done 3 1 -", wire.status("job"));
      assertEquals(
          "3 1 .\n", Files.readString(host.job("job", ".rc")), "the keeper has renamed it");
      assertFalse(Files.exists(host.job("job", ".rc.new")));
      assertEquals(0, wire.run("next", ":").code());
    }
  }

  @Test
  void anOutcomeThatWasToldStaysWhenAllAreKilledBeforeTheRename() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      Path session = host.session();
      firstRename(
          host,
          "for f in owner keeper worker; do read pid rest <" + session + "/$f; kill -9 $pid; done");
      HostWire wire = host.create(1);
      wire.expect("READY");
      long worker = host.workerPid();
      wire.start("job", "(exit 3)");
      HostOnDisk.eventually("its end is written", () -> isWhole(host.job("job", ".rc.new")));
      HostOnDisk.eventually("all are dead", () -> !HostOnDisk.isAlive(worker));
      HostWire next = host.resume(2);
      next.expect("DEAD died");
      assertEquals("done 3 1 -", next.awaitStatus("job", s -> !s.equals("orphan")));
      host.boot("second-boot");
      HostWire third = host.resume(3);
      third.expect("DEAD rebooted");
      assertEquals("done 3 1 -", third.status("job"));
    }
  }

  /** The keeper wrote an exit code for the last job, also when that had ended and was deleted. */
  @ParameterizedTest
  @MethodSource("pairs")
  void aShellThatIsKilledBetweenJobsLeavesNothingOfADeletedJob(Shells.Pair shells)
      throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.run("job", ":");
      wire.send("gc job");
      wire.expect("OK gc job");
      HostOnDisk.kill(host.workerPid());
      wire.expect("RENEWED 2 -");
      assertEquals(List.of("job.ticket"), files(host));
      assertEquals("done 0 1 -", wire.status("job"));
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void endedJobsAreDeletedByTheHandful(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.run("a", "exit 3");
      wire.start("a.in.5", "cat; echo b", "in=pipe");
      wire.expect("STARTED");
      wire.send("eof a.in.5");
      wire.expect("EXIT");
      wire.run("c", "echo c", "limit=1000");
      wire.start("d", "sleep 75");
      wire.expect("STARTED");
      wire.send("gc c a d never a.in.5");
      assertEquals("STATE d running", wire.expect("STATE").line());
      assertEquals("OK gc c a never a.in.5", wire.expect("OK").line());
      assertTrue(
          files(host).stream().allMatch(file -> file.endsWith(".ticket") || file.startsWith("d.")),
          files(host).toString());
      assertTrue(wire.status("a").startsWith("done 3 "));
    }
  }

  /** Each link stores scripts under its own epoch; only that of the start was deleted later. */
  @ParameterizedTest
  @MethodSource("pairs")
  void scriptsThatOlderLinksHaveSentAreDeleted(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire first = host.create(1);
      first.run("old", ":");
      first.script("job", "echo first");
      first.send("ping 1");
      first.expect("PONG");
      HostWire next = host.resume(2);
      next.expect("READY");
      assertEquals("second\n", next.run("job", "echo second").out());
      HostOnDisk.eventually("it is deleted", () -> !Files.exists(host.job("job", ".sh.1")));
      assertTrue(Files.exists(host.job("old", ".sh.1")));
      next.send("gc job old");
      next.expect("OK gc job old");
      assertEquals(List.of("job.ticket", "old.ticket"), files(host));
    }
  }

  /**
   * It looked through the directory four times, which holds a ticket for each job there ever was.
   */
  @Test
  void theCostOfDeletingAJobDoesNotGrowWithTheTickets() throws Exception {
    assumeTrue(canTrace());
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.run("a", ":");
      wire.run("b", ":");
      int few = callsOfGc(host, wire, "a");
      for (int i = 0; i < 2000; i++) {
        Files.writeString(host.job("t" + i, ".ticket"), "start 1\n");
      }
      assertEquals(few, callsOfGc(host, wire, "b"));
    }
  }

  private static boolean canTrace() throws Exception {
    boolean can =
        Shells.find("strace").isPresent()
            && new ProcessBuilder("strace", "-o", "/dev/null", "true").start().waitFor() == 0;
    if (!can) {
      System.out.println("skipped: what deleting a job costs, because there is no strace here");
    }
    return can;
  }

  /** How often the supervisor, and what it starts, look at files and directories. */
  private static int callsOfGc(HostOnDisk host, HostWire wire, String job) throws Exception {
    Path trace = host.dir.resolve("trace-" + job);
    Process strace =
        new ProcessBuilder(
                "strace",
                "-f",
                "-e",
                "trace=%file,getdents64",
                "-o",
                trace.toString(),
                "-p",
                Long.toString(host.ownerPid()))
            .start();
    try {
      // It says on stderr when it has attached.
      assertTrue(strace.getErrorStream().read() >= 0);
      wire.send("gc " + job);
      wire.expect("OK gc " + job);
    } finally {
      strace.destroy();
      strace.waitFor();
    }
    List<String> calls =
        Files.readAllLines(trace).stream().filter(line -> line.contains("(")).toList();
    assertTrue(calls.stream().anyMatch(call -> call.contains(job + ".rc")), calls.toString());
    return calls.size();
  }

  /** What attach and supervisor say to each other may change from version to version. */
  @Test
  void aSessionIsServedByTheScriptThatBeganIt() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      host.create(1).expect("READY");
      Files.writeString(host.root.resolve("host-0123.sh"), "echo \"HOLDFAST 0 $*\"\n");
      Files.writeString(host.session().resolve("host"), "host-0123.sh\n");
      assertEquals(
          "HOLDFAST 0 attach " + host.root + " " + host.sid + " 2 resume", host.resume(2).greeting);
      Files.writeString(host.session().resolve("host"), "host-4567.sh\n");
      host.resume(3).expect("READY");
    }
  }

  /** The first rename does something else; the others are real. */
  private static void firstRename(HostOnDisk host, String instead) throws IOException {
    Path bin = Files.createDirectory(host.dir.resolve("bin"));
    Path real = Shells.find("mv").orElseThrow();
    Path once = host.dir.resolve("once");
    Path mv =
        Files.writeString(
            bin.resolve("mv"),
            "#!/bin/sh\nif mkdir "
                + once
                + " 2>/dev/null; then "
                + instead
                + "; exit 1; fi\nexec "
                + real
                + " \"$@\"\n");
    Files.setPosixFilePermissions(mv, PosixFilePermissions.fromString("rwxr-xr-x"));
    host.environment.put("PATH", bin + ":" + System.getenv("PATH"));
  }

  private static boolean isWhole(Path record) {
    try {
      return Files.exists(record) && Files.readString(record).endsWith(" .\n");
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> files(HostOnDisk host) {
    try (Stream<Path> files = Files.list(host.session().resolve("j"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
