package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Output with a limit: chunks, acknowledgements, and what is dropped. */
class HostScriptLimitTest {

  private static final String NUMBERS = "i=0; while [ $i -lt 30000 ]; do echo $i; i=$((i+1)); done";

  static Stream<Shells.Pair> pairs() {
    return Shells.pairs();
  }

  private static String numbers() {
    var text = new StringBuilder();
    for (int i = 0; i < 30_000; i++) {
      text.append(i).append('\n');
    }
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName(
      "behaviour 27: Block pauses the job until a reader acknowledges, and nothing is lost")
  void blockPausesTheJob(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.start("job", NUMBERS + "; echo err >&2; exit 5", "limit=20000", "mode=block");
      wire.expect("STARTED");
      var out = new StringBuilder();
      var err = new StringBuilder();
      HostOnDisk.eventually("the gate stops", () -> counted(host) >= 20_000);
      assertEquals("running", wire.status("job"));
      wire.send("resend job out 0");
      HostWire.Heard heard = wire.next();
      for (; !heard.is("EXIT"); heard = wire.next()) {
        if (!heard.is("CHUNK")) {
          continue;
        }
        var text = heard.word(2).equals("out") ? out : err;
        if (Integer.parseInt(heard.word(3)) == text.length()) {
          text.append(heard.out());
          wire.send("ack job " + heard.word(2) + " " + text.length());
        }
      }
      assertEquals(5, heard.code());
      assertEquals(numbers(), out.toString());
      assertEquals("err\n", err.toString());
      assertTrue(heard.line().endsWith("size " + out.length() + " 4"), heard.line());
      wire.send("size job");
      assertEquals("SIZE job " + out.length() + " 4", wire.expect("SIZE").line());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 27: Drop lets the job go on and tells how much is missing")
  void dropKeepsTheNewest(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      // A child that keeps the streams open must not keep the job from ending.
      wire.start("job", NUMBERS + "; sleep 73 & :", "limit=70000", "mode=drop");
      HostWire.Heard exit = wire.expect("EXIT job");
      int size = numbers().length();
      assertTrue(exit.line().endsWith("size " + size + " 0"), exit.line());
      wire.cut();
      HostWire next = host.resume(2);
      next.expect("READY");
      next.send("resend job out 0");
      HostWire.Heard first = next.expect("CHUNK");
      int begin = Integer.parseInt(first.word(3));
      var text = new StringBuilder(first.out());
      while (begin + text.length() < size) {
        text.append(next.expect("CHUNK").out());
      }
      assertTrue(begin > 0 && text.length() <= 70_000 + 65_536, begin + " and " + text.length());
      assertEquals(numbers().substring(begin), text.toString());
      next.send("ack job out " + size);
      HostOnDisk.eventually("acked chunks are deleted", () -> chunks(host).isEmpty());
      next.send("gc job");
      next.expect("OK gc job");
      assertFalse(Files.exists(host.job("job", ".out")));
    }
  }

  @Test
  void aBlockedJobCanBeCancelled() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.start("job", NUMBERS + "; cat /dev/zero", "limit=1000");
      HostOnDisk.eventually("the gate stops", () -> counted(host) >= 1_000);
      wire.send("cancel job 1");
      assertEquals("cancel", wire.expect("EXIT job").word(4));
      wire.start("again", "cat /dev/zero", "limit=1000");
      wire.expect("STARTED again");
      wire.send("close 0");
      wire.expect("CLOSED");
      HostOnDisk.eventually("gates go too", () -> host.processes().isEmpty());
    }
  }

  /** The chunks were not announced to a link that read too slowly; that went on with the next. */
  @Test
  void aNewLinkIsToldOfChunksAlsoWhenTheOldOneWasBehind() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      Path go = host.session().resolve("go");
      HostWire slow = host.create(1);
      slow.start(
          "job",
          "cat /dev/zero | head -c 20000000; until [ -e '"
              + go
              + "' ]; do sleep 0.05; done; echo on",
          "limit=100000000");
      slow.expect("STARTED");
      pause(slow);
      HostOnDisk.eventually("all is kept", () -> counted(host) == 20_000_000);
      HostWire next = host.resume(2);
      next.expect("READY");
      Files.createFile(go);
      HostWire.Heard heard = next.expect("CHUNK");
      assertEquals("20000000", heard.word(3));
      assertEquals("on\n", heard.out());
    }
  }

  /** The end of the streams was waited for when the gate was busy at the job's end. */
  @Test
  void aChildThatHoldsTheStreamsOpenDoesNotKeepABlockedJobFromEnding() throws Exception {
    try (var host = new HostOnDisk(Shells.plain())) {
      HostWire wire = host.create(1);
      wire.start("job", "sleep 73 & head -c 60000 /dev/zero; exit 3", "limit=1000");
      HostWire.Heard exit = wire.expect("EXIT job");
      assertEquals(3, exit.code());
      assertTrue(exit.line().endsWith("size 60000 0"), exit.line());
    }
  }

  /** The pump stands still: nothing of the link is read. Some of its children end meanwhile. */
  private static void pause(HostWire wire) throws Exception {
    long until = System.nanoTime() + HostOnDisk.PATIENCE.toNanos();
    List<ProcessHandle> moving = moving(wire);
    while (!moving.isEmpty()) {
      assertTrue(System.nanoTime() < until, "the link does not stand still: " + moving);
      for (ProcessHandle child : moving) {
        new ProcessBuilder("kill", "-STOP", Long.toString(child.pid()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
      }
      moving = moving(wire);
    }
  }

  private static List<ProcessHandle> moving(HostWire wire) {
    return wire.process
        .descendants()
        .filter(child -> HostOnDisk.isAlive(child.pid()) && !isStopped(child))
        .toList();
  }

  private static boolean isStopped(ProcessHandle child) {
    try {
      String stat = Files.readString(Path.of("/proc/" + child.pid() + "/stat"));
      return stat.startsWith(" T", stat.lastIndexOf(')') + 1);
    } catch (IOException ended) {
      return false;
    }
  }

  private static long counted(HostOnDisk host) {
    try {
      String text = Files.readString(host.job("job", ".out.n")).strip();
      return text.isEmpty() ? 0 : Long.parseLong(text);
    } catch (IOException e) {
      return 0;
    }
  }

  private static List<String> chunks(HostOnDisk host) {
    try (var files = Files.list(host.session().resolve("j"))) {
      return files.map(f -> f.getFileName().toString()).filter(f -> f.contains(".c+")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
