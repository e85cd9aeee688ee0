package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The start-up script of a session, under every shell that is here. */
class HostScriptStartTest {

  static Stream<Shells.Pair> pairs() {
    return Shells.pairs();
  }

  private static HostWire create(HostOnDisk host, String start, int patience) throws Exception {
    int lines = start.split("\n", -1).length;
    HostWire wire = host.create(1, "start=" + lines, "patience=" + patience);
    wire.send(start);
    return wire;
  }

  private static void nothingIsLeft(HostOnDisk host) {
    assertFalse(Files.exists(host.session()));
    assertFalse(Files.exists(host.root.resolve("t").resolve(host.sid + ".start.1")));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 47: what the start-up script lays down is there for the first job")
  void whatItLaysDownIsThereForTheFirstJob(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire =
          create(
              host,
              "export A='it'\\''s  b'\ncd /tmp || return\numask 027\nf() { echo \"f $1\"; }",
              20);
      assertEquals("READY 1 1 created", wire.next().line());
      String out =
          wire.run("a", "echo \"$A\"; pwd; f 1; sh -c 'echo \"$A\"'; umask; echo \"$#\"").out();
      assertTrue(out.startsWith("it's  b\n/tmp\nf 1\nit's  b\n"), out);
      assertTrue(out.endsWith("27\n0\n"), out);
      assertTrue(Files.exists(host.session().resolve("start")));
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 47: a shell that replaces another begins with it too, and is no other's")
  void aShellThatReplacesAnotherBeginsWithItToo(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = create(host, "A=1\necho x >>" + host.dir + "/starts", 20);
      assertEquals("READY 1 1 created", wire.next().line());
      wire.run("a", "A=2");
      assertEquals("2\n", wire.run("b", "echo $A").out());
      wire.run("c", "kill -9 $$; sleep 5");
      assertEquals("1\n", wire.run("d", "echo $A").out());
      assertEquals("x\nx\n", Files.readString(host.dir.resolve("starts")));
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 47: a start-up script that fails opens nothing, and nothing stays")
  void oneThatFailsOpensNothing(Shells.Pair shells) throws Exception {
    for (String bad : new String[] {"false", "exit 3", "cd /nowhere/at/all || return", "if then"}) {
      try (var host = new HostOnDisk(shells)) {
        HostWire wire = create(host, bad, 20);
        String said = wire.next().line();
        assertTrue(said.startsWith("REFUSED nostart its shell ended with "), said);
        nothingIsLeft(host);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  @DisplayName("behaviour 47: one that takes too long is ended, with what it has started")
  void oneThatTakesTooLongIsEnded(Shells.Pair shells) throws Exception {
    try (var host = new HostOnDisk(shells)) {
      HostWire wire = create(host, "echo $$ >" + host.dir + "/pid\nsleep 300 &\nsleep 301", 1);
      assertEquals("REFUSED nostart it took longer than 1 s", wire.next().line());
      nothingIsLeft(host);
      long pid = Long.parseLong(Files.readString(host.dir.resolve("pid")).strip());
      assertTrue(ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    }
  }
}
