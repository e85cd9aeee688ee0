package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.output.StreamName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command lines, under every login shell that this machine has. */
class HostCommandsTest {

  /** Says what it was called with. */
  private static final HostScript ECHO =
      new HostScript("echo \"$@\"\necho to err >&2\n".getBytes(UTF_8));

  @TempDir Path directory;

  static Stream<List<String>> loginShells() {
    return Stream.of(
        List.of("sh"),
        List.of("dash"),
        List.of("bash"),
        List.of("busybox", "sh"),
        List.of("mksh"),
        List.of("ksh"),
        List.of("zsh"),
        List.of("fish"),
        List.of("csh"),
        List.of("tcsh"));
  }

  private static byte[] text() {
    byte[] bytes = new byte[ECHO.size()];
    ECHO.text().get(bytes);
    return bytes;
  }

  private record Said(int status, String out, String err) {}

  private Said run(List<String> shell, Path home, String command, byte[] input) throws Exception {
    var words = new ArrayList<>(shell);
    words.add("-c");
    words.add(command);
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Path in = Files.write(directory.resolve("in"), input);
    var builder =
        new ProcessBuilder(words)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().remove("XDG_STATE_HOME");
    builder.environment().remove("HOLDFAST_ROOT");
    builder.environment().put("HOME", home.toString());
    Process process = builder.start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return new Said(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static boolean isThere(String program) {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .anyMatch(part -> Files.isExecutable(Path.of(part, program)));
  }

  @ParameterizedTest
  @MethodSource("loginShells")
  void anyLoginShellInstallsTheHostAndRunsIt(List<String> shell) throws Exception {
    assumeTrue(isThere(shell.get(0)), shell.get(0) + " is not on this machine");
    Path home = Files.createDirectory(directory.resolve("a home  with * and $ in its name"));
    var commands = new HostCommands(ECHO, "", "s1", 2);
    String attach = commands.attachCreating(7, "bash", Duration.ofHours(2));

    assertEquals(new Said(0, "\nNOHOST\n", ""), run(shell, home, attach, new byte[0]));
    Said installed = run(shell, home, commands.install(), text());
    assertEquals(new Said(0, "\nHOLDFAST-DATA\nOK\n", ""), installed);
    assertEquals(
        "\nattach - s1.2 7 create shell=bash idle=7200\n",
        run(shell, home, attach, new byte[0]).out());
    Said followed = run(shell, home, commands.follow("j1", 5, 6), new byte[0]);
    assertEquals("\nHOLDFAST-DATA\nfollow - s1.2 j1 5 6\n", followed.out());
    assertEquals("\nHOLDFAST-DATA\nto err\n", followed.err());

    Path root = home.resolve(".local/state/holdfast");
    assertEquals("rwx------", mode(root));
    assertEquals("rw-------", mode(root.resolve(ECHO.fileName())));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void anInstallationThatIsCutShortInstallsNothing() throws Exception {
    var commands = new HostCommands(ECHO, directory + "/root", "s1", 1);
    byte[] half = Arrays.copyOf(text(), 10);
    assertFalse(run(List.of("sh"), directory, commands.install(), half).out().contains("OK"));
    try (var files = Files.list(directory.resolve("root"))) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void aRootThatIsASymbolicLinkIsNotUsed() throws Exception {
    Path real = Files.createDirectory(directory.resolve("real"));
    Files.createSymbolicLink(directory.resolve("root"), real);
    var commands = new HostCommands(ECHO, directory + "/root", "s1", 1);
    Said said = run(List.of("sh"), directory, commands.install(), text());
    assertTrue(said.err().contains("unsafe"), said.err());
    assertEquals(1, said.status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "-x", ".x", "a b", "a'b", "a\nb", "a/b", "a;b", "$(id)", "\u00e4", "a*", "\u0000"
      })
  void anIdThatIsNoPlainWordIsRefused(String id) {
    var commands = new HostCommands(ECHO, "", "s1", 1);
    assertThrows(IllegalArgumentException.class, () -> new HostCommands(ECHO, "", id + "'", 1));
    assertThrows(IllegalArgumentException.class, () -> commands.read(id, StreamName.OUT, 0, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"relative", "/with space", "/a'b", "/", "/a\nb", "~/x"})
  void aRootThatIsNoPlainPathIsRefused(String root) {
    assertThrows(IllegalArgumentException.class, () -> new HostCommands(ECHO, root, "s1", 1));
  }

  @Test
  void noCommandHoldsACharacterThatLoginShellsReadDifferently() {
    var commands = new HostCommands(ECHO, "", "s1", 1);
    for (String command :
        List.of(
            commands.attachResuming(1),
            commands.attachCreating(1, "sh", Duration.ZERO),
            commands.install(),
            commands.putInput("j1", 0, 5),
            commands.putScript("j1", 5))) {
      String inner = command.substring("exec sh -c '".length(), command.length() - 1);
      assertTrue(inner.chars().noneMatch(c -> "'\"\\!\n`".indexOf(c) >= 0), command);
    }
  }
}
