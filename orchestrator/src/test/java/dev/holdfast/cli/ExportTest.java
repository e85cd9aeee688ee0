package dev.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code export} finds, refuses and writes, and how shells read that. */
final class ExportTest {

  /** The shells that must be able to read a module, and to tell what they have. */
  enum Reader {
    DASH("dash"),
    BASH("bash"),
    BUSYBOX("busybox sh"),
    MKSH("mksh");

    private final String command;

    Reader(String command) {
      this.command = command;
    }

    List<String> words() {
      return List.of(command.split(" ", -1));
    }

    boolean lists() {
      return this == BASH || this == MKSH;
    }
  }

  /** What a shell printed, and how it ended. */
  private record Told(int code, String out, String err) {}

  @TempDir Path directory;

  private LittleServer server;
  private Session web;

  @BeforeEach
  void startServer() {
    server = new LittleServer(directory).start();
    web = server.open("web", Map.of());
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  // ---- what is found

  @ParameterizedTest
  @EnumSource
  void aShellTellsWhatFitsEachPattern(Reader shell) throws Exception {
    var programs = Files.createDirectories(directory.resolve("pro grams*"));
    program(programs, "deploy_program");
    program(programs, "zz-tool");
    Files.writeString(programs.resolve("deploy_notes"), "no program");
    var session =
        """
        deploy_one() { echo one; }
        functions() { echo mine; }
        PATH="%s:$PATH"
        """
            .formatted(programs);

    var offer = offer(shell, session, "deploy_*", "functions", "cd", "zz-*", "deploy_one");

    assertEquals(
        List.of("cd", "deploy_one", "deploy_program", "functions", "zz-tool"), names(offer));
    assertEquals(
        List.of("builtin", "function", "program", "function", "program"),
        offer.commands().stream().map(command -> command.kind().toString()).toList());
    assertEquals(shell.lists(), offer.lists());
  }

  @ParameterizedTest
  @EnumSource
  void aShellIsAskedByValueAndKeepsNothing(Reader shell) throws Exception {
    var session = "f() { :; }; set -- kept";
    var patterns =
        List.of("f", "$(echo f)", "';f;'", "no such", "-v", "\\*", "if", "a\nb", "it's", "[");

    var told =
        told(
            shell,
            session
                + "\n"
                + asked(patterns)
                + "\necho \"$1 ${found-none} ${pattern-none} ${whole-none} $-\" >&2; set >&2");

    var offer = Offer.of(patterns, ByteString.copyFromUtf8(told.out()));
    assertTrue(names(offer).contains("f"), told.out());
    assertTrue(
        offer.unfit().containsAll(List.of("$(echo f)", "';f;'", "no such", "-v", "if", "it's")),
        offer.toString());
    assertFalse(told.err().contains("whole="), told.err());
  }

  @Test
  void aFunctionHidesAProgramAndNamesComeInOrder() {
    var printed = "listed/pattern/function b/program a/pattern/program b/program c d/\n";

    var offer = Offer.of(List.of("*", "b"), ByteString.copyFromUtf8(printed));

    assertEquals(List.of("a", "b", "c d"), names(offer));
    assertEquals(Offer.Kind.FUNCTION, offer.commands().get(1).kind());
  }

  @Test
  void aPatternThatNothingFitsIsAnErrorAndWritesNothing() {
    answering("pattern/function one/pattern/", "one", "tow");
    var file = directory.resolve("web.sh");

    var run =
        run("export", "web", "--commands", "one", "--commands", "tow", "--to", file.toString());

    assertEquals(ExitCode.REFUSED, run.code());
    assertEquals(
        """
        holdfast: the session web has nothing that fits tow
          its shell cannot list functions: give their whole names
        """,
        run.err());
    assertFalse(Files.exists(file));
  }

  @Test
  void whoseShellCannotListFunctionsIsTold() {
    answering("pattern/program deploy_a/", "deploy_*");

    var run = run("export", "web", "--commands", "deploy_*");

    assertEquals(0, run.code(), run.err());
    assertTrue(run.err().contains("cannot list its functions"), run.err());
  }

  @Test
  void aShellThatAnswersOtherwiseIsNotBelieved() {
    answering("what?", "one");

    var run = run("export", "web", "--commands", "one");

    assertEquals(ExitCode.REFUSED, run.code());
    assertEquals("", run.out());
    assertTrue(run.err().contains("did not say what it has"), run.err());
  }

  @Test
  void aListThatFailedIsNotBelieved() {
    server.when(script("one"), job -> job.print("pattern/function one/\n").exit(7));

    var run = run("export", "web", "--commands", "one");

    assertEquals(ExitCode.REFUSED, run.code());
    assertEquals("", run.out());
    assertTrue(run.err().contains("see `holdfast receive " + web.getId() + ".1`"), run.err());
  }

  // ---- what is written

  @Test
  void namesThatNoFunctionCanHaveAreLeftOutWithOneLine() {
    answering(
        "listed/pattern/function if/program apt-get/program a b/function set/function holdfast_x/"
            + "function holdfast/program 7z/function ok/",
        "*");

    var run = run("export", "web", "--commands", "*");

    assertEquals(0, run.code(), run.err());
    assertEquals(
        "holdfast: left out, as no function can be called so: 7z a b apt-get holdfast holdfast_x if"
            + " set\n",
        run.err());
    assertEquals(List.of("ok ok"), exports(run.out()));
  }

  @Test
  void aPrefixGoesBeforeEachName() {
    answering("listed/pattern/function a/program 7z/function export/", "*");

    var run = run("export", "web", "--commands", "*", "--prefix", "web_");

    assertEquals(List.of("7z web_7z", "a web_a", "export web_export"), exports(run.out()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a-b", "1", "a b", "$(id)", "é", "';"})
  void aPrefixThatNoFunctionCanHaveIsAWrongCommandLine(String prefix) {
    assertEquals(
        ExitCode.USAGE, run("export", "web", "--commands", "x", "--prefix", prefix).code());
    assertEquals(List.of(), server.calls());
  }

  @Test
  void aPatternIsANameAndNoPath() {
    assertEquals(ExitCode.USAGE, run("export", "web", "--commands", "/bin/ls").code());
    assertEquals(ExitCode.USAGE, run("export", "web", "--commands", "").code());
    assertEquals(ExitCode.USAGE, run("export", "web").code());
    assertEquals(List.of(), server.calls());
  }

  @Test
  void aFileThatIsThereNeedsForce() throws IOException {
    answering("pattern/function one/", "one");
    var file = Files.writeString(directory.resolve("web.sh"), "mine");
    var args =
        new ArrayList<>(
            List.of("export", "web", "--commands", "one", "--to", file.toString(), "--force"));

    assertEquals(0, run(args.toArray(String[]::new)).code());
    assertTrue(Files.readString(file).contains("\nholdfast_export "), Files.readString(file));

    Files.writeString(file, "mine");
    args.remove("--force");
    var run = run(args.toArray(String[]::new));
    assertEquals(ExitCode.REFUSED, run.code());
    assertTrue(run.err().contains("is there already\n  replace it with --force"), run.err());
    assertEquals("mine", Files.readString(file));
  }

  @Test
  void theNamesCanBeListedInstead() {
    answering("listed/pattern/function one/program apt-get/", "*");

    var run = run("export", "web", "--commands", "*", "--prefix", "p_", "--output", "json");

    assertEquals(
        """
        {"session":"ak3vzx2m4q7p","session_name":"web","name":"apt-get","kind":"program",\
        "function":null,"left_out":"no-function-name"}
        {"session":"ak3vzx2m4q7p","session_name":"web","name":"one","kind":"function",\
        "function":"p_one","left_out":null}
        """,
        run.out());
    assertEquals(
        ExitCode.USAGE,
        run("export", "web", "--commands", "*", "--output", "json", "--to", "x").code());
  }

  @Test
  void theModuleRemembersTheServerAndNotTheToken() throws IOException {
    answering("pattern/function one/", "one");
    var address = Files.readString(directory.resolve("endpoint")).strip();

    var run =
        new CommandLineRun()
            .env("HOLDFAST_SERVER", address)
            .env("HOLDFAST_TOKEN", LittleServer.TOKEN)
            .run("export", "web", "--commands", "one");

    assertTrue(
        run.out().contains(" invoke " + web.getId() + " --server " + address + " \"$@\""),
        run.out());
    assertFalse(run.out().contains(LittleServer.TOKEN), run.out());
  }

  // ---- how it is read

  @ParameterizedTest
  @EnumSource
  void aModuleIsReadAndItsFunctionsCallInvoke(Reader shell) throws Exception {
    var file = Files.writeString(directory.resolve("m"), module("", "one", "functions").text());

    var told =
        told(
            shell,
            """
            set -eu
            HOLDFAST_EXPORT_FORCE=1
            . "%s"
            one 'a b' "it's" '$x' "a
            b" '' -- --force </dev/null
            functions </dev/null
            one <&-
            printf in | one
            holdfast_in_s_2d1 cd / </dev/null
            if one fail </dev/null; then echo no; else echo "$?"; fi
            """
                .formatted(file));

    assertEquals(
        """
        [invoke][s-1][--server][it's; $(id)][--input][-][--][one][a b][it's][$x][a
        b][][--][--force]
        [invoke][s-1][--server][it's; $(id)][--input][-][--label-text][functions][--]['functions']
        [invoke][s-1][--server][it's; $(id)][--label-text][one][--]['one']
        [invoke][s-1][--server][it's; $(id)][--input][-][--label-text][one][--]['one']
        [invoke][s-1][--server][it's; $(id)][--input][-][--][cd][/]
        [invoke][s-1][--server][it's; $(id)][--input][-][--][one][fail]
        9
        """,
        told.out());
    assertEquals("", told.err());
    assertEquals(0, told.code());
  }

  @ParameterizedTest
  @EnumSource
  void whatAShellHasStaysUnlessForced(Reader shell) throws Exception {
    var file =
        Files.writeString(directory.resolve("m"), module("", "one", "two", "pwd", "ls_it").text());
    var read = ". \"" + file + "\"\n";
    var call = "one </dev/null; ls_it </dev/null\n";

    var kept = told(shell, "set -e\none() { echo mine; }\n" + read + read + call);

    assertEquals(
        "mine\n[invoke][s-1][--server][it's; $(id)][--input][-][--label-text][ls_it][--]['ls_it']\n",
        kept.out());
    assertEquals(
        List.of("one", "pwd", "one", "pwd"),
        kept.err().lines().map(line -> line.split(" ", -1)[5]).toList());

    var forced =
        told(shell, "one() { echo mine; }\nHOLDFAST_EXPORT_FORCE=1\n" + read + "one </dev/null\n");

    assertTrue(forced.out().startsWith("[invoke][s-1]"), forced.out());
    assertEquals("", forced.err());
  }

  @ParameterizedTest
  @EnumSource
  void anAliasIsInNobodysWay(Reader shell) throws Exception {
    var file = Files.writeString(directory.resolve("m"), module("", "one", "two").text());
    var aliases =
        (shell == Reader.BASH ? "shopt -s expand_aliases\n" : "") + "alias one='echo 1'\n";
    var read = ". \"" + file + "\"\ntwo </dev/null\none </dev/null\n";

    var kept = told(shell, aliases + read);
    assertTrue(kept.out().endsWith("['two']\n1\n"), kept.out() + kept.err());
    assertTrue(kept.err().contains("has a one of its own"), kept.err());

    var forced = told(shell, "HOLDFAST_EXPORT_FORCE=1\n" + aliases + read);
    assertTrue(forced.out().endsWith("['one']\n"), forced.out() + forced.err());
    assertEquals("", forced.err());
  }

  @ParameterizedTest
  @EnumSource
  void twoModulesLiveSideBySide(Reader shell) throws Exception {
    var one = Files.writeString(directory.resolve("1"), module("a_", "f").text());
    var other =
        Files.writeString(
            directory.resolve("2"),
            new ShellModule(
                    Session.newBuilder().setId("s-2").build(),
                    List.of("f"),
                    List.of(),
                    "b_",
                    List.of("f"),
                    "m")
                .text());

    var told = told(shell, ". \"" + one + "\"; . \"" + other + "\"\na_f 1 <&-; b_f 2 <&-\n");

    assertEquals(
        "[invoke][s-1][--server][it's; $(id)][--][f][1]\n[invoke][s-2][--][f][2]\n", told.out());
  }

  @Test
  void theHeadSaysWhatItIsOnLinesOfItsOwn() {
    var session =
        Session.newBuilder().setId("i\nd").setName("n\necho no").setTarget("t\nexit 1").build();

    var text =
        new ShellModule(session, List.of("a\nb"), List.of(), "", List.of("f"), "a b\nc").text();

    assertTrue(
        text.lines()
            .takeWhile(line -> !line.endsWith("() {"))
            .allMatch(line -> line.isEmpty() || line.startsWith("#")),
        text);
    assertTrue(text.contains("#   . './a b\\nc'\n"), text);
    assertTrue(text.contains("holdfast_in_i_0ad() {\n"), text);
    assertTrue(text.contains("  holdfast invoke 'i\nd' "), text);
  }

  // ---- the tools

  private static ShellModule module(String prefix, String... names) {
    return new ShellModule(
        Session.newBuilder().setId("s-1").setName("web").setTarget("ssh://web:22").build(),
        List.of("*"),
        List.of("--server", "it's; $(id)"),
        prefix,
        List.of(names),
        "m.sh");
  }

  private void answering(String records, String... patterns) {
    server.when(script(patterns), job -> job.print(records + "\n").exit(0));
  }

  private static String script(String... patterns) {
    return Offer.request(List.of(patterns)).getScript();
  }

  /** The words of each line that defines a function. */
  private static List<String> exports(String module) {
    return module
        .lines()
        .filter(line -> line.startsWith("holdfast_export holdfast_in_"))
        .map(line -> line.substring(line.indexOf(' ', 16) + 1))
        .toList();
  }

  private static List<String> names(Offer offer) {
    return offer.commands().stream().map(Offer.Command::name).toList();
  }

  private Offer offer(Reader shell, String session, String... patterns) throws Exception {
    var asked = List.of(patterns);
    var told = told(shell, session + asked(asked));
    assertEquals(0, told.code(), told.err());
    assertEquals("", told.err());
    return Offer.of(asked, ByteString.copyFromUtf8(told.out()));
  }

  /** As a node makes it of a script with arguments. */
  private static String asked(List<String> patterns) {
    var script = new StringBuilder("(set --");
    patterns.forEach(pattern -> script.append(' ').append(ShellModule.quoted(pattern)));
    return script + "; " + Offer.request(patterns).getScript() + ")";
  }

  /** Runs a script in which {@code holdfast} prints its words, and fails when the last says so. */
  private Told told(Reader shell, String script) throws Exception {
    var bin = Files.createDirectories(directory.resolve("bin"));
    var holdfast =
        """
        #!/bin/sh
        printf '[%s]' "$@"
        echo
        while [ $# -gt 1 ]; do shift; done
        if [ "$1" = fail ]; then exit 9; fi
        """;
    assertTrue(Files.writeString(bin.resolve("holdfast"), holdfast).toFile().setExecutable(true));
    assumeTrue(
        List.of(System.getenv("PATH").split(":", -1)).stream()
            .anyMatch(place -> Files.isExecutable(Path.of(place, shell.words().get(0)))),
        "skipped for " + shell + ": it is not installed");
    var command = new ArrayList<>(shell.words());
    command.add(Files.writeString(directory.resolve("script"), script).toString());
    var err = directory.resolve("err").toFile();
    var builder = new ProcessBuilder(command).redirectError(err);
    builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    var process = builder.start();
    process.getOutputStream().close();
    var out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return new Told(process.exitValue(), out, Files.readString(err.toPath()));
  }

  private static void program(Path place, String name) throws IOException {
    var file = Files.writeString(place.resolve(name), "#!/bin/sh\n").toFile();
    assertTrue(file.setExecutable(true));
  }

  private CommandLineRun run(String... args) {
    return CommandLineRun.with(directory).run(args);
  }
}
