package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the server and its token are found, and what is said when they are not. */
final class ReachTest {

  @TempDir Path directory;

  @Test
  void withoutAServerTheAdviceIsToStartOne() {
    var run = CommandLineRun.with(directory).run("list");

    assertEquals(ExitCode.UNREACHABLE, run.code());
    assertTrue(run.err().startsWith("holdfast: no server runs on this machine"), run.err());
    assertTrue(run.err().contains("\n  start one with `holdfast server`"), run.err());
    assertEquals(2, run.err().lines().count());
  }

  @Test
  void aServerThatHasStoppedIsToldAtOnce() throws IOException {
    new LittleServer(directory).start().close();

    var run = CommandLineRun.with(directory).run("list");

    assertEquals(ExitCode.UNREACHABLE, run.code());
    assertTrue(run.err().startsWith("holdfast: no server answers at http://127.0.0.1:"), run.err());
  }

  @Test
  void aServerThatIsAwayIsToldOnceForAllTargets() {
    var run = CommandLineRun.with(directory).run("new", "one", "two", "three");

    assertEquals(ExitCode.UNREACHABLE, run.code());
    assertEquals(2, run.err().lines().count(), run.err());
  }

  @Test
  @DisplayName(
      "behaviour 40: of several nodes any that answers serves, and the others when it is gone")
  void ofSeveralAddressesAnyServes() throws IOException {
    var gone = new LittleServer(Files.createDirectories(directory.resolve("gone"))).start();
    String dead = Files.readString(directory.resolve("gone/endpoint")).strip();
    gone.close();
    try (var server = new LittleServer(directory).start()) {
      server.open("web", Map.of());
      String alive = Files.readString(directory.resolve("endpoint")).strip();
      for (String addresses : List.of(dead + "," + alive, alive + ", " + dead)) {
        var run = CommandLineRun.with(directory).env("HOLDFAST_SERVER", addresses).run("list");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("web"), run.out());
      }
    }
    var none = CommandLineRun.with(directory).env("HOLDFAST_SERVER", dead + "," + dead).run("list");
    assertEquals(ExitCode.UNREACHABLE, none.code());
    assertEquals(2, none.err().lines().count(), none.err());
  }

  @Test
  void aServerThatIsStillToStartIsWaitedForWhenAskedTo() {
    var run =
        CommandLineRun.with(directory)
            .start("list", "--wait-for-server", "60s", "--output", "json");
    run.awaitErr("no server yet, trying again");

    try (var server = new LittleServer(directory)) {
      server.open("web", Map.of());
      server.start();
      assertEquals(0, run.code(), run.err());
      assertEquals(1, run.out().lines().count());
    }
  }

  @Test
  @DisplayName("behaviour 48: without a valid token nothing is answered")
  void aWrongTokenIsToldAndNotShown() {
    try (var server = new LittleServer(directory).start()) {
      var run = CommandLineRun.with(directory).env("HOLDFAST_TOKEN", "stale-secret").run("list");

      assertEquals(ExitCode.UNREACHABLE, run.code());
      assertTrue(run.err().contains("The token is wrong or has expired."), run.err());
      assertFalse(run.err().contains("stale-secret"), run.err());
      assertEquals(List.of(), server.calls());
    }
  }

  @Test
  void aTokenWithALineBreakIsRefusedAndNotShown() throws IOException {
    var file = Files.writeString(directory.resolve("bad"), "one\ntwo");

    var run =
        CommandLineRun.with(directory)
            .run("list", "--server", "http://127.0.0.1:1", "--token-file", file.toString());

    assertEquals(ExitCode.UNREACHABLE, run.code());
    assertTrue(run.err().contains("is no token"), run.err());
    assertFalse(run.err().contains("two"), run.err());
  }

  @Test
  void theServerAndTheTokenCanBeNamed() throws IOException {
    try (var server = new LittleServer(directory).start()) {
      var address = Files.readString(directory.resolve("endpoint")).strip();
      var token = directory.resolve("token").toString();
      server.open("web", Map.of());

      var named = new CommandLineRun().run("list", "--server", address, "--token-file", token);
      var inTheEnvironment =
          new CommandLineRun()
              .env("HOLDFAST_SERVER", address)
              .env("HOLDFAST_TOKEN", LittleServer.TOKEN)
              .run("list");

      assertEquals(0, named.code(), named.err());
      assertEquals(named.out(), inTheEnvironment.out());
    }
  }

  @Test
  void plainHttpIsForTheLoopbackOnly() {
    for (String far :
        List.of("http://192.0.2.1:80", "http://example.org", "http://127.0.0.1.org")) {
      var run =
          CommandLineRun.with(directory).env("HOLDFAST_TOKEN", "t").run("list", "--server", far);
      assertEquals(ExitCode.USAGE, run.code(), far);
      assertTrue(run.err().contains("plain http"), run.err());
    }
  }

  @Test
  void whatIsNoAddressIsRefused() {
    for (String bad :
        List.of(
            "web", "ftp://x", "http://", "http://127.0.0.1:99999", "http://u:p@localhost", "a b")) {
      var run =
          CommandLineRun.with(directory).env("HOLDFAST_TOKEN", "t").run("list", "--server", bad);
      assertEquals(ExitCode.USAGE, run.code(), bad);
    }
  }

  @Test
  void anUnknownHostIsNamed() {
    var run =
        CommandLineRun.with(directory)
            .env("HOLDFAST_TOKEN", "t")
            .run("list", "--server", "https://no-such-host.invalid:1");

    assertEquals(ExitCode.UNREACHABLE, run.code());
    assertTrue(run.err().contains("no-such-host.invalid"), run.err());
  }

  @Test
  void aCertificateAuthorityThatCannotBeReadIsNamed() {
    var run =
        CommandLineRun.with(directory)
            .env("HOLDFAST_TOKEN", "t")
            .run("list", "--server", "https://localhost:1", "--ca", "/no/such.pem");

    assertEquals(ExitCode.UNREACHABLE, run.code());
    assertTrue(run.err().contains("/no/such.pem"), run.err());
  }

  @Test
  void aServerThatIsSilentIsGivenUpOn() throws IOException {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var run =
          CommandLineRun.with(directory)
              .env("HOLDFAST_TOKEN", "t")
              .run("list", "--server", "http://127.0.0.1:" + silent.getLocalPort());

      assertEquals(ExitCode.UNREACHABLE, run.code());
      assertTrue(run.err().contains("does not answer"), run.err());
    }
  }
}
