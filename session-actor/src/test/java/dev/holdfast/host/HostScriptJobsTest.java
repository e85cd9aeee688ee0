package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What jobs can do to their shell and to their streams, under every shell that is here. */
class HostScriptJobsTest {

  static Stream<Shells.Pair> pairs() {
    return Shells.pairs();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName(
      "behaviour 17: variables, functions, directory, umask and traps live from job to job")
  void stateLivesFromJobToJob(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      assertEquals("READY 1 1 created", wire.next().line());
      wire.run("a", "x='a  b'; f() { echo \"f $1\"; }; cd /tmp; umask 027; trap 'echo usr1' USR1");
      assertEquals(
          "a  b\nf 1\n/tmp\nusr1\n",
          wire.run("b", "echo \"$x\"; f 1; pwd; kill -USR1 $$; :").out());
      assertTrue(wire.run("c", "umask").out().endsWith("27\n"));
      assertEquals("[] 0 c2\n", wire.run("c2", "echo \"[$*] $# $HOLDFAST_JOB\"").out());
      assertEquals(host.sid + "\n", wire.run("d", "echo $HOLDFAST_SESSION").out());
      assertEquals("none", wire.status("e"));
      assertEquals("done 0 1 -", wire.status("a"));
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviours 16 and 21: a job that ends its shell has its true outcome")
  void jobsThatEndTheirShellEndTruthfully(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      assertEquals(3, wire.run("exit", "exit 3").code());
      assertEquals(4, wire.run("subshell", "(exit 4)").code());
      assertEquals(1, wire.run("errexit", "set -e\nfalse\necho no").code());
      assertEquals(0, wire.run("after-errexit", "false\n:").code());
      assertEquals(7, wire.run("function", "f() { return 7; }; f").code());
      assertEquals(8, wire.run("inner", "g() { { exit 8; } >/dev/null; }; g").code());
      assertTrue(wire.run("syntax", "if then; fi").code() > 0);
      assertTrue(wire.run("unset", "set -u; echo $no_such_variable; echo no").code() > 0);
      assertEquals(9, wire.run("exec", "exec sh -c 'echo replaced; exit 9'").code());
      assertEquals(137, wire.run("kill", "kill -9 $$; sleep 5").code());
      assertEquals(5, wire.run("trapped", "trap 'echo bye' EXIT; exit 5").code());
      assertEquals(0, wire.run("break", "break 2>/dev/null; :").code());
      assertEquals(0, wire.run("continue", "continue 2>/dev/null; :").code());
      assertEquals(6, wire.run("return", "return 6; echo no").code());
      assertEquals(127, wire.run("missing", "no-such-command-here").code());
      HostWire.Heard last = wire.run("last", "echo fine");
      assertEquals("fine\n", last.out());
      assertEquals(0, last.code());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void stateSurvivesTheEndOfTheShellOrALossIsReported(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.run("set", "x=kept; f() { echo f; }; cd /tmp; trap 'echo usr1' USR1");
      int generation = 1;
      int count = 0;
      for (String end :
          new String[] {"exit 3", "set -e\nfalse", "if then; fi", "exit 4", "f; exit 0"}) {
        String job = "end" + ++count;
        wire.run(job, end);
        if (!shells.keepsState()) {
          generation++;
          assertTrue(wire.said("RENEWED " + generation + " " + job), job);
        }
      }
      var state = wire.run("state", "echo \"[$x]\"; pwd; f; sh -c 'kill -USR1 $PPID'; :");
      if (shells.keepsState()) {
        assertEquals("[kept]\n/tmp\nf\nusr1\n", state.out());
        assertFalse(wire.said("RENEWED"));
      } else {
        assertTrue(state.out().startsWith("[]\n"), state.out());
      }
      assertEquals(generation, Integer.parseInt(state.word(3)));
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void theLoopSurvivesWhatAJobDoesToItsShell(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      assertEquals(0, wire.run("close", "exec >&- 2>&- <&-").code());
      assertEquals(0, wire.run("redirect", "exec >/dev/null; echo unseen").code());
      assertEquals("seen\n", wire.run("seen", "echo seen").out());
      assertEquals(0, wire.run("descriptors", "exec 9<&- 8<&- 7>&-").code());
      assertEquals(0, wire.run("options", "set -f -C -a -u -e; x=1").code());
      assertEquals("ok\n", wire.run("path", "PATH=''; echo ok").out());
      assertEquals("ok\n", wire.run("ifs", "IFS='einrd/0123456789. '; echo ok").out());
      assertEquals(
          "ok\n",
          wire.run(
                  "functions",
                  "read() { :; }; mv() { :; }; kill() { :; }; printf() { :; }; echo ok")
              .out());
      assertEquals(
          "ok\n", wire.run("aliases", "alias echo=false; alias mv=false; \\echo ok").out());
      wire.run("unalias", "unalias echo mv");
      assertEquals("x\n", wire.run("mask", "umask 777; echo x").out());
      assertEquals("y\n", wire.run("after-mask", "echo y; umask 022").out());
      assertEquals("[a b]\n", wire.run("positional", "set -- 'a b'; echo \"[$1]\"").out());
      assertEquals("[]\n", wire.run("positional2", "echo \"[$*]\"").out());
      assertEquals(0, wire.run("signals", "trap '' HUP INT; trap 'x=1' ALRM").code());
      assertEquals("still\n", wire.run("still", "echo still").out());
      wire.run("readonly", "readonly IFS");
      assertEquals("end\n", wire.run("after-readonly", "echo end").out());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 20: output and exit codes are exact")
  void outputIsExact(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      assertEquals("EXIT e 0 1 - empty", wire.run("e", ":").line());
      var both = wire.run("b", "printf out; printf err >&2");
      assertEquals("out", both.out());
      assertEquals("err", both.err());
      var onlyErr = wire.run("o", "echo err >&2");
      assertEquals("", onlyErr.out());
      assertEquals("err\n", onlyErr.err());
      assertEquals("a\0b\377\n\n", wire.run("n", "printf 'a\\000b\\377\\n\\n'").out());
      byte[] noise = new byte[300_000];
      new Random(7).nextBytes(noise);
      Path file = host.dir.resolve("noise");
      Files.write(file, noise);
      String text = new String(noise, ISO_8859_1);
      var big = wire.run("big", "cat " + file + "; tail -c 10 " + file + " >&2");
      assertEquals(text.substring(0, 65_536), big.out());
      assertEquals(text.substring(299_990), big.err());
      wire.send("size big");
      assertEquals("SIZE big 300000 10", wire.expect("SIZE").line());
      String part = host.output(host.run("read", "big", "out", "65537", "150000"), new byte[0]);
      assertEquals(text.substring(65_537, 215_537), part);
      assertEquals("", host.output(host.run("read", "big", "out", "300000", "10"), new byte[0]));
      wire.script("q", "printf 12345");
      wire.send("quiet q\nstart q");
      assertEquals("EXIT q 0 1 - size 5 0", wire.expect("EXIT").line());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviours 22 and 28: scripts and input travel by content")
  void scriptsAndInputTravelByContent(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      String odd = "  it's \\n \"q\" \t$HOME `x` * \\\\ end  ";
      assertEquals(odd + "\n", wire.run("odd", "cat <<'E'\n" + odd + "\nE").out());
      assertEquals(
          "-n\nI'm \"x\"\n",
          wire.run(
                  "args",
                  "set -- '-n' 'I'\\''m \"x\"'; for a in \"$@\"; do printf '%s\\n' \"$a\"; done")
              .out());
      String large = "x=1\n".repeat(50_000) + "echo large $x\n";
      assertEquals("OK\n", put(host, "large", "script", large));
      wire.send("start large");
      assertEquals("large 1\n", wire.expect("EXIT large").out());
      wire.send("start nowhere");
      assertEquals("noscript", wire.expect("NOSTART nowhere").word(2));
      assertEquals("", wire.run("null", "cat").out());
      assertEquals("OK\n", put(host, "file", "in", "a\nb\0c"));
      assertEquals("a\nb\0c", wire.run("file", "cat", "in=file").out());
      wire.start("pipe", "read a; echo \"got $a\"; cat", "in=pipe");
      wire.expect("STARTED pipe");
      assertEquals("OK\n", put(host, "pipe", "in.0", "one\ntwo"));
      wire.send("input pipe 0 7");
      assertEquals("INPUT pipe 7", wire.expect("INPUT").line());
      wire.send("input pipe 0 7");
      assertEquals("INPUT pipe 7", wire.expect("INPUT").line());
      assertEquals("OK\n", put(host, "pipe", "in.7", "\nthree\n"));
      wire.send("input pipe 7 7\neof pipe");
      assertEquals("INPUT pipe 14", wire.expect("INPUT").line());
      assertEquals("INPUT pipe eof", wire.expect("INPUT").line());
      assertEquals("got one\ntwo\nthree\n", wire.expect("EXIT pipe").out());
      assertTrue(put(host, "short", "script", "echo", 100).startsWith("REFUSED"));
      assertFalse(Files.exists(host.job("short", ".sh")));
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 51: what is typed arrives byte for byte, and once")
  void whatIsTypedArrivesByteForByte(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.start("keys", "dd bs=1 count=259 2>/dev/null | od -An -v -tu1", "in=pipe");
      wire.expect("STARTED keys");
      var all = ByteBuffer.allocate(256);
      IntStream.range(0, 256).forEach(i -> all.put((byte) i));
      String typed = "typed keys 0 256 " + Text.octal(all.flip());
      wire.send(typed + "\n" + typed);
      assertEquals("INPUT keys 256", wire.expect("INPUT").line());
      assertEquals("INPUT keys 256", wire.expect("INPUT").line());
      wire.send("typed keys 256 3 \\141\\000\\142");
      assertEquals("INPUT keys 259", wire.expect("INPUT").line());
      String seen = wire.expect("EXIT keys").out().strip().replaceAll("\\s+", " ");
      assertEquals(
          IntStream.range(0, 256).mapToObj(Integer::toString).collect(Collectors.joining(" "))
              + " 97 0 98",
          seen);
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void whatIsTypedIsNothingButOctalEscapes(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.start("keys", "cat", "in=pipe");
      wire.expect("STARTED keys");
      wire.send("typed keys 0 2 %s");
      assertTrue(wire.expect("REFUSED").line().startsWith("REFUSED badid"));
      wire.expectEnd();
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 51: a terminal gets the size it is told")
  void aTerminalGetsTheSizeItIsTold(Shells.Pair shells) throws Exception {
    assumeTrue(hasScript(), "skipped: there is no script of util-linux");
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.start(
          "tty",
          "script -qefc 'stty rows 24 cols 80; trap \"stty size\" WINCH; echo up; while :; do sleep 0.1; done' /dev/null",
          "in=pipe");
      wire.expect("STARTED tty");
      HostOnDisk.eventually("it is up", () -> seen(host).contains("up"));
      wire.send("resize tty 132 43");
      HostOnDisk.eventually("it is told", () -> seen(host).contains("43 132"));
      wire.send("cancel tty 0");
      wire.expect("EXIT tty");
    }
  }

  private static boolean hasScript() throws Exception {
    Process version = new ProcessBuilder("sh", "-c", "script --version").start();
    return new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .contains("util-linux");
  }

  private static String seen(HostOnDisk host) {
    try {
      return Files.readString(host.job("tty", ".out"));
    } catch (IOException notYet) {
      return "";
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void backgroundChildrenLiveOnAndDoNotHoldTheJob(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.run("bg", "(sleep 0.3; echo late) & p=$!");
      assertEquals("0\n", wire.run("ask", "kill -0 $p; echo $?").out());
      HostOnDisk.eventually(
          "the child writes to its job's output",
          () -> {
            try {
              return Files.readString(host.job("bg", ".out")).equals("late\n");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void whatOthersAskIsAnswered(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = host.create(1);
      wire.expect("READY");
      wire.send("ping 5");
      assertEquals("PONG 5", wire.next().line());
      wire.run("a.b", "echo x");
      wire.run("a", "echo x");
      wire.send("void v");
      assertEquals("STATE v void", wire.next().line());
      wire.start("v", "echo never");
      assertEquals("STATE v void", wire.next().line());
      wire.send("void a");
      assertEquals("STATE a done 0 1 -", wire.next().line());
      wire.start("long", "sleep 30");
      wire.expect("STARTED");
      wire.start("second", ":");
      assertEquals("busy", wire.expect("NOSTART second").word(2));
      wire.send("gc a\nlist");
      assertEquals("OK gc a", wire.next().line());
      var jobs = new TreeSet<String>();
      for (var line = wire.next(); !line.is("END list"); line = wire.next()) {
        jobs.add(line.line());
      }
      assertEquals(
          Set.of("JOB a done 0 1 -", "JOB a.b done 0 1 -", "JOB long running", "JOB v void"), jobs);
      assertFalse(Files.exists(host.job("a", ".out")));
      assertFalse(Files.exists(host.job("a", ".sh.1")));
      assertTrue(Files.exists(host.job("a.b", ".out")));
      assertEquals("done 0 1 -", wire.status("a"));
      wire.send("status ../../etc");
      assertEquals("badid", wire.expect("REFUSED").word(1));
      wire.expectEnd();
    }
  }

  private static String put(HostOnDisk host, String job, String what, String bytes)
      throws Exception {
    return put(host, job, what, bytes, bytes.length());
  }

  private static String put(HostOnDisk host, String job, String what, String bytes, int size)
      throws Exception {
    return host.output(
        host.run("put", job, what, Integer.toString(size)), bytes.getBytes(ISO_8859_1));
  }
}
