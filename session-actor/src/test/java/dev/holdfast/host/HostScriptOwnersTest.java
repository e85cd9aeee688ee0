package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may speak for a session, and that a job runs at most once whoever does. */
class HostScriptOwnersTest {

  static Stream<Shells.Pair> pairs() {
    return Shells.pairs();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 34: a higher epoch takes over, and the old owner is fenced")
  void aHigherEpochTakesOver(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire first = host.create(5);
      first.start("job", "sleep 0.5; echo out");
      first.expect("STARTED");
      HostWire second = host.resume(7);
      assertEquals("READY 7 1 resumed", second.next().line());
      assertEquals("FENCED 7", first.expect("FENCED").line());
      first.expectEnd();
      assertEquals("FENCED 7", host.resume(7).expect("FENCED").line());
      HostWire lower = host.create(6);
      assertEquals("FENCED 7", lower.expect("FENCED").line());
      lower.expectEnd();
      assertEquals("out\n", second.expect("EXIT job").out());
      assertEquals("after\n", second.run("after", "echo after").out());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void ofManyCreatorsOneCreatesAndTheHighestOwns(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      List<HostWire.Heard> answers =
          together(8, epoch -> host.create(epoch + 1).expect("READY", "FENCED", "REFUSED"));
      assertTrue(answers.stream().anyMatch(heard -> heard.is("READY 8")), answers.toString());
      assertTrue(answers.stream().noneMatch(heard -> heard.is("REFUSED")), answers.toString());
      assertTrue(
          answers.stream().filter(heard -> heard.line().endsWith("created")).count() <= 1,
          answers.toString());
      HostOnDisk.eventually(
          "one supervisor, its ticker and its keeper are left: " + host.processes(" supervise "),
          () -> host.processes(" supervise ").size() == 3);
    }
  }

  /** As busybox's mkdir does it: the mode that was asked for is set in a second step. */
  @Test
  void theRootIsPrivateFromItsFirstMomentAlsoWhereMkdirSetsTheModeLater() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      Path bin = Files.createDirectories(host.dir.resolve("bin"));
      Path seen = host.dir.resolve("seen");
      Path mkdir = bin.resolve("mkdir");
      Files.writeString(
          mkdir,
          """
          #!/bin/sh
          [ "$1" = -m ] || exec %1$s "$@"
          %1$s "$3" || exit
          ls -ld "$3" >>%2$s
          chmod "$2" "$3"
          """
              .formatted(Shells.find("mkdir").orElseThrow(), seen));
      Files.setPosixFilePermissions(mkdir, PosixFilePermissions.fromString("rwxr-xr-x"));
      host.environment.put("PATH", bin + ":" + System.getenv("PATH"));
      host.create(1).expect("READY");
      assertTrue(Files.readString(seen).startsWith("drwx------"), Files.readString(seen));
    }
  }

  @Test
  void ofTwentyStartersOfOneJobOneStartsIt() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      host.create(1).expect("READY");
      together(
          20,
          n -> {
            HostWire wire = host.resume(n + 2);
            wire.trySend("script one 1\necho run >>" + host.ledger());
            wire.trySend("start one");
            return wire.expect("STARTED", "STATE", "FENCED");
          });
      HostWire last = host.resume(100);
      last.trySend("script one 1\necho run >>" + host.ledger() + "\nstart one");
      last.awaitStatus("one", status -> status.startsWith("done 0"));
      assertEquals(List.of("run"), host.ledgerLines());
    }
  }

  @Test
  @DisplayName("behaviour 34: racing controllers, one execution of each job")
  void racingControllersRunEachJobOnce() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      host.create(1).expect("READY");
      int jobs = 6;
      together(
          2,
          side -> {
            HostWire wire = host.resume(2 + side);
            for (int job = 0; job < jobs; job++) {
              for (int n = 0; n < 400; n++) {
                wire.trySend("script j" + job + " 1\necho " + job + " >>" + host.ledger());
                wire.trySend("start j" + job);
                var answer = wire.expect("STARTED", "STATE", "NOSTART", "FENCED", "END OF CHANNEL");
                if (answer.is("FENCED") || answer.is("END OF CHANNEL")) {
                  wire = host.resume(3 + side + 2 * (n + 400 * job));
                } else if (!answer.is("NOSTART")) {
                  break;
                }
              }
            }
            return wire;
          });
      HostWire judge = host.resume(1_000_000);
      judge.expect("READY");
      for (int job = 0; job < jobs; job++) {
        judge.awaitStatus("j" + job, status -> status.startsWith("done 0"));
      }
      List<String> ledger = host.ledgerLines();
      assertEquals(jobs, ledger.size(), ledger.toString());
      assertEquals(jobs, new HashSet<>(ledger).size());
    }
  }

  @Test
  void aLostReplyIsAskedForAgainAndTheJobRunsOnce() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.expect("READY");
      for (int job = 0; job < 5; job++) {
        wire.start("j" + job, "echo " + job + " >>" + host.ledger());
        wire.cut();
        wire = host.resume(job + 2);
        wire.start("j" + job, "echo " + job + " >>" + host.ledger());
        wire.expect("STARTED", "STATE");
        assertEquals("done 0 1 -", wire.awaitStatus("j" + job, s -> s.startsWith("done")));
      }
      assertEquals(List.of("0", "1", "2", "3", "4"), host.ledgerLines());
    }
  }

  @Test
  void aJobEndsWhileNobodyIsAttachedAndStatusTells() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.start("job", "sleep 0.3; echo x; exit 42");
      wire.expect("STARTED");
      wire.cut();
      HostOnDisk.eventually("it ends", () -> Files.exists(host.job("job", ".rc")));
      HostWire next = host.resume(2);
      assertEquals("done 42 1 -", next.awaitStatus("job", s -> !s.equals("running")));
      next.send("size job");
      assertEquals("SIZE job 2 0", next.expect("SIZE").line());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aDeadChannelLeavesNothing(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.start("job", "echo a; echo b >&2; sleep 69");
      wire.expect("STARTED");
      Process follow = host.run("follow", "job", "0", "0");
      assertEquals('a', follow.getInputStream().read());
      follow.getOutputStream().close();
      follow.waitFor();
      wire.hangUp();
      wire.process.waitFor();
      HostWire killed = host.resume(2);
      killed.expect("READY");
      killed.cut();
      HostOnDisk.eventually(
          "attach, pump and tails are gone",
          () ->
              host.processes(" attach ").isEmpty()
                  && host.processes(" follow ").isEmpty()
                  && host.processes("tail ").isEmpty());
      HostOnDisk.eventually("their FIFOs are gone", () -> fifos(host).isEmpty());
    }
  }

  @Test
  void aLinkThatDoesNotReadBlocksNobody() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire creator = host.create(1);
      creator.expect("READY");
      Process deaf = host.start(List.of("attach", host.root.toString(), host.sid, "2", "resume"));
      var requests = new StringBuilder("hello 00112233445566778899aabbccddeeff\n");
      for (int i = 0; i < 3000; i++) {
        requests
            .append("status some-job-with-a-long-name-to-fill-the-pipe-")
            .append(i % 7)
            .append('\n');
      }
      var writer =
          new Thread(
              () -> {
                try {
                  deaf.getOutputStream().write(requests.toString().getBytes(US_ASCII));
                  deaf.getOutputStream().flush();
                } catch (IOException e) {
                  // the host has dropped us
                }
              });
      writer.start();
      creator.expect("FENCED");
      HostWire next = host.resume(3);
      next.expect("READY");
      assertEquals("free\n", next.run("job", "echo free").out());
      deaf.destroyForcibly();
      writer.join();
    }
  }

  @Test
  @DisplayName(
      "behaviour 33: whatever is killed at random, no job runs twice and no outcome is invented")
  void randomKillsNeverRunAJobTwice() throws Exception {
    for (long seed = 1; seed <= 3; seed++) {
      var random = new Random(seed);
      try (var host = new HostOnDisk(Shells.plain())) {
        HostWire wire = host.create(1);
        wire.expect("READY");
        int epoch = 1;
        boolean supervised = true;
        var outcomes = new HashMap<String, String>();
        for (int job = 0; job < 14; job++) {
          String name = "j" + job;
          String script =
              "echo " + name + " >>" + host.ledger() + "; sleep 0.0" + random.nextInt(5);
          wire.trySend("script " + name + " 1\n" + script + "\nstart " + name);
          if (random.nextInt(3) == 0) {
            LockSupport.parkNanos(random.nextInt(8_000_000));
            if (random.nextInt(5) == 0 && supervised) {
              host.killSupervisor();
              supervised = false;
            }
            wire.cut();
            wire = host.resume(++epoch);
            wire.expect("READY", "DEAD");
            wire.trySend("script " + name + " 1\n" + script + "\nstart " + name);
          }
          outcomes.put(
              name, wire.awaitStatus(name, s -> !s.equals("running") && !s.equals("orphan")));
        }
        List<String> ledger = new ArrayList<>(host.ledgerLines());
        assertEquals(new HashSet<>(ledger).size(), ledger.size(), "seed " + seed + ": " + ledger);
        for (var outcome : outcomes.entrySet()) {
          boolean ran = ledger.contains(outcome.getKey());
          String what = "seed " + seed + ": " + outcome + ", ledger " + ledger;
          if (outcome.getValue().startsWith("done 0 ")) {
            assertTrue(ran, what);
          } else if (outcome.getValue().equals("none")) {
            assertFalse(ran, what);
          }
        }
      }
    }
  }

  private static List<Path> fifos(HostOnDisk host) {
    try (Stream<Path> files = Files.list(host.session())) {
      return files.filter(file -> file.getFileName().toString().startsWith("a.")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Doing<T> {
    T run(int n) throws Exception;
  }

  private static <T> List<T> together(int count, Doing<T> doing) throws Exception {
    var pool = Executors.newFixedThreadPool(count);
    try {
      List<Callable<T>> all = new ArrayList<>();
      for (int n = 0; n < count; n++) {
        int mine = n;
        all.add(() -> doing.run(mine));
      }
      List<T> answers = new ArrayList<>();
      for (var answer : pool.invokeAll(all)) {
        answers.add(answer.get());
      }
      return answers;
    } finally {
      pool.shutdownNow();
    }
  }
}
