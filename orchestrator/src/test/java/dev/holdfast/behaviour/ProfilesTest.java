package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.ApplyProfileRequest;
import dev.holdfast.protocol.v1.Argv;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.DeleteProfileRequest;
import dev.holdfast.protocol.v1.EnableProfileRequest;
import dev.holdfast.protocol.v1.EventsGrpc;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.GetProfileRequest;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.NodesGrpc;
import dev.holdfast.protocol.v1.OpenTerminalRequest;
import dev.holdfast.protocol.v1.Profile;
import dev.holdfast.protocol.v1.ProfilesGrpc;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.protocol.v1.TerminalsGrpc;
import dev.holdfast.rig.NodeClient;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions that are opened with a profile, on a real node and real targets. */
class ProfilesTest {

  /**
   * What sudo does where sudoers lets the account become {@code ops} without a password, and nobody
   * else. It does not change the account, which only root could let it do.
   */
  private static final String SUDO =
      """
      #!/bin/sh
      [ "$1 $2 $3 $5" = "-n -H -u --" ] || { echo "sudo: usage" >&2; exit 1; }
      [ "$4" = ops ] || { echo "sudo: a password is required" >&2; exit 1; }
      SUDO_TO=$4
      export SUDO_TO
      shift 5
      exec "$@"
      """;

  @TempDir static Path bin;
  private static Stage stage;
  private final AtomicInteger names = new AtomicInteger();

  @BeforeAll
  static void set() throws IOException, InterruptedException {
    Path sudo = Files.writeString(bin.resolve("sudo"), SUDO);
    assertTrue(sudo.toFile().setExecutable(true));
    stage =
        Stage.set(
            new Stage.Options(
                "holdfast.administrators = [\"default/admin\"]",
                List.of(),
                Map.of("PATH", bin + ":" + System.getenv("PATH")),
                Optional.empty()));
  }

  @AfterAll
  static void close() throws IOException {
    stage.close();
  }

  // ---- what is asked

  private static Profile apply(String name, String document) {
    return stage.ask(
        stubs ->
            stubs
                .profiles()
                .applyProfile(
                    ApplyProfileRequest.newBuilder().setName(name).setDocument(document).build()));
  }

  private static Failure refused(ApplyProfileRequest.Builder request) {
    return stage.refusal(stubs -> stubs.profiles().applyProfile(request.build()));
  }

  private static Profile get(String name) {
    return stage.ask(
        stubs -> stubs.profiles().getProfile(GetProfileRequest.newBuilder().setName(name).build()));
  }

  private static Profile delete(String name) {
    return stage.ask(
        stubs ->
            stubs
                .profiles()
                .deleteProfile(DeleteProfileRequest.newBuilder().setName(name).build()));
  }

  private static Profile disable(String name, boolean disable) {
    return stage.ask(
        stubs ->
            stubs
                .profiles()
                .enableProfile(
                    EnableProfileRequest.newBuilder().setName(name).setDisable(disable).build()));
  }

  private static CreateSessionRequest.Builder with(String profile, TargetKind kind) {
    return CreateSessionRequest.newBuilder().setTarget(stage.url(kind)).setProfile(profile);
  }

  private static Failure notOpened(CreateSessionRequest.Builder request) {
    return stage.refusal(stubs -> stubs.sessions().createSession(request.build()));
  }

  /** A session with a profile of its own. */
  private Shell open(TargetKind kind, String document) {
    return stage.open(with(profile(kind, document), kind));
  }

  private String profile(TargetKind kind, String document) {
    String name = kind + "-" + System.identityHashCode(this) + "-" + names.incrementAndGet();
    return apply(name, document).getName();
  }

  private static SubmitJobRequest.Builder argv(String... words) {
    return SubmitJobRequest.newBuilder()
        .setArgv(Argv.newBuilder().addAllWords(List.of(words)).build());
  }

  // ---- the resource

  @DisplayName("behaviour 47: a profile reads back as it was applied, and each apply is a version")
  @Test
  void itReadsBackAsItWasApplied() {
    String document = "# ours\nshell = bash, idle-timeout = 10m\n\n";
    assertEquals(1, apply("back", document).getVersion());
    assertEquals(1, apply("back", document).getVersion());
    Profile read = get("back");
    assertEquals(document, read.getDocument());
    assertEquals("bash", read.getSpec().getShell());
    assertEquals(600, read.getSpec().getIdleTimeout().getSeconds());
    assertEquals("admin", read.getChangedBy());
    assertEquals(2, apply("back", "shell = sh").getVersion());
    delete("back");
    assertEquals(
        "not-found",
        stage
            .refusal(
                stubs ->
                    stubs
                        .profiles()
                        .getProfile(GetProfileRequest.newBuilder().setName("back").build()))
            .getKind());
    assertEquals(3, apply("back", document).getVersion());
  }

  @DisplayName("behaviour 47: of two who change a profile at once the second is told")
  @Test
  void theSecondOfTwoWhoChangeItIsTold() {
    var first = ApplyProfileRequest.newBuilder().setName("both").setDocument("shell = sh");
    apply("both", "shell = sh");
    assertEquals(
        "version-changed",
        refused(first.clone().setDocument("shell = ksh").setExpectedVersion(0)).getKind());
    apply("both", "shell = bash");
    var second = first.clone().setDocument("shell = dash").setExpectedVersion(1);
    assertEquals("version-changed", refused(second).getKind());
    assertEquals("shell = bash", get("both").getDocument());
    stage.ask(stubs -> stubs.profiles().applyProfile(second.setExpectedVersion(2).build()));
    assertEquals("shell = dash", get("both").getDocument());
  }

  @DisplayName("behaviour 47: an unknown key or a value out of its range is refused by its name")
  @Test
  void anUnknownKeyIsRefusedByItsName() {
    var request = ApplyProfileRequest.newBuilder().setName("bad");
    Failure unknown = refused(request.setDocument("idle-timout = 1h"));
    assertEquals("invalid", unknown.getKind());
    assertEquals(
        "'idle-timout' is not known; the nearest known one is 'idle-timeout'", unknown.getCause());
    assertEquals(
        "'idle-timeout' must be from 1 s to 1 min",
        refused(request.setDocument("idle-timeout = 1h, max-idle-timeout = 1m")).getCause());
    assertTrue(
        refused(request.setDocument("environment { DB_PASSWORD = x }"))
            .getCause()
            .startsWith("'environment.DB_PASSWORD' looks like a secret"));
    assertEquals(
        "not-found",
        stage
            .refusal(
                stubs ->
                    stubs
                        .profiles()
                        .getProfile(GetProfileRequest.newBuilder().setName("bad").build()))
            .getKind());
  }

  @DisplayName("behaviour 47: the command line applies, shows, compares and disables profiles")
  @Test
  void theCommandLineDoesIt() throws IOException {
    Path file = stage.file("profile");
    Files.writeString(file, "name = cli\nqueue-length = 5\nself-repairs = 1\n");
    assertEquals(0, stage.holdfast().run("profile", "apply", "-f", file.toString()).code());
    assertEquals(Files.readString(file), stage.holdfast().run("profile", "get", "cli").out());
    assertEquals(0, stage.holdfast().run("profile", "diff", "-f", file.toString()).code());
    Files.writeString(file, "name = cli\nqueue-length = 6\n");
    var diff = stage.holdfast().run("profile", "diff", "-f", file.toString());
    assertEquals("- queue-length = 5\n+ queue-length = 6\n- self-repairs = 1\n", diff.out());
    assertEquals(1, diff.code());
    assertEquals(
        1,
        stage
            .holdfast()
            .run("profile", "apply", "-f", file.toString(), "--expect-version", "7")
            .code());
    assertTrue(stage.holdfast().run("profile", "disable", "cli").out().contains("Disabled"));
    assertEquals(1, stage.holdfast().run("new", "local:", "--profile", "cli").code());
    assertTrue(stage.holdfast().run("profile", "enable", "cli").out().contains("Enabled"));
    var made =
        stage.holdfast().run("new", "local:", "--profile", "cli", "--output", "id").out().strip();
    assertTrue(stage.holdfast().run("show", made).out().contains("cli version 1"));
    new Shell(stage, made).remove();
  }

  // ---- who may use it

  @DisplayName("behaviour 47: a disabled profile opens nothing")
  @ParameterizedTest
  @EnumSource
  void aDisabledProfileOpensNothing(TargetKind kind) {
    String profile = profile(kind, "");
    disable(profile, true);
    assertEquals("profile-disabled", notOpened(with(profile, kind)).getKind());
    disable(profile, false);
    stage.open(with(profile, kind)).remove();
    assertEquals("not-found", notOpened(with("no-such-profile", kind)).getKind());
  }

  @DisplayName("behaviour 47: a profile is for those whom it names")
  @ParameterizedTest
  @EnumSource
  void aProfileIsForThoseWhomItNames(TargetKind kind) {
    String others = profile(kind, "principals = [somebody, else]");
    assertEquals("not-allowed", notOpened(with(others, kind)).getKind());
    stage.open(with(profile(kind, "principals = [admin]"), kind)).remove();
  }

  @DisplayName("behaviour 47: nobody has more sessions than a profile gives to one user")
  @ParameterizedTest
  @EnumSource
  void nobodyHasMoreSessionsThanGiven(TargetKind kind) {
    String profile = profile(kind, "sessions-per-user = 1");
    var keyed = with(profile, kind).setKey(profile);
    Shell first = stage.open(keyed);
    assertEquals(first.id(), stage.open(keyed).id());
    assertEquals("too-many-sessions", notOpened(with(profile, kind)).getKind());
    first.remove();
    stage.open(with(profile, kind)).remove();
  }

  @DisplayName(
      "behaviours 47, 48: who is no administrator is confined to profiles that are for him")
  @ParameterizedTest
  @EnumSource
  void whoIsNoAdministratorIsConfined(TargetKind kind) throws IOException {
    String mine =
        profile(
            kind, "principals = [ci-" + kind + "], restricted = true, commands = [{ run = id }]");
    String others = profile(kind, "principals = [admin]");
    Shell free = stage.open(kind);
    Shell foreign = stage.open(with(others, kind));
    try (var ci = new Confined("ci-" + kind, "hf_ci_" + kind)) {
      assertEquals(
          "not-allowed",
          ci.refused(
              stubs ->
                  stubs
                      .sessions()
                      .createSession(
                          CreateSessionRequest.newBuilder().setTarget(stage.url(kind)).build())));
      assertEquals(
          "not-allowed",
          ci.refused(stubs -> stubs.sessions().createSession(with(others, kind).build())));
      for (Shell shell : List.of(free, foreign)) {
        assertEquals(
            "not-allowed",
            ci.refused(
                stubs ->
                    stubs
                        .jobs()
                        .submitJob(
                            SubmitJobRequest.newBuilder()
                                .setSession(shell.id())
                                .setScript("id")
                                .build())));
        assertEquals(
            "not-allowed", ci.refused(stubs -> stubs.sessions().repairSession(shell.act())));
      }
      assertEquals(
          "not-allowed",
          ci.refused(
              stubs ->
                  stubs
                      .profiles()
                      .applyProfile(ApplyProfileRequest.newBuilder().setName(mine).build())));
      Shell own =
          new Shell(stage, ci.stubs().sessions().createSession(with(mine, kind).build()).getId());
      assertEquals("ci-" + kind, own.show().getOwner());
      assertTrue(
          ci.stubs()
              .jobs()
              .submitJob(argv("id").setSession(own.id()).build())
              .getId()
              .startsWith(own.id()));
      own.remove();
    }
    free.remove();
    foreign.remove();
  }

  /** Somebody who is no administrator, and a token of the same tenant. */
  private static final class Confined implements AutoCloseable {
    private final ManagedChannel channel;
    private final NodeClient.Stubs stubs;

    Confined(String name, String token) throws IOException {
      try {
        String digest =
            HexFormat.of()
                .formatHex(
                    MessageDigest.getInstance("SHA-256")
                        .digest(token.getBytes(StandardCharsets.UTF_8)));
        Files.writeString(
            stage.data().resolve("tokens"),
            "\n%s default %s never\n".formatted(name, digest),
            StandardOpenOption.APPEND);
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
      URI at = stage.node().endpoint();
      channel = OkHttpChannelBuilder.forAddress(at.getHost(), at.getPort()).usePlaintext().build();
      var headers = new Metadata();
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
      var signed = MetadataUtils.newAttachHeadersInterceptor(headers);
      stubs =
          new NodeClient.Stubs(
              SessionsGrpc.newBlockingStub(channel).withInterceptors(signed),
              JobsGrpc.newBlockingStub(channel).withInterceptors(signed),
              NodesGrpc.newBlockingStub(channel).withInterceptors(signed),
              ProfilesGrpc.newBlockingStub(channel).withInterceptors(signed),
              TerminalsGrpc.newBlockingStub(channel).withInterceptors(signed),
              EventsGrpc.newBlockingStub(channel).withInterceptors(signed));
      Eventually.holds(
          "the token is known",
          () -> {
            try {
              var unused = stubs.nodes().listNodes(ListNodesRequest.getDefaultInstance());
              return true;
            } catch (StatusRuntimeException e) {
              return false;
            }
          });
    }

    NodeClient.Stubs stubs() {
      return stubs;
    }

    String refused(NodeClient.Call<?> call) {
      var thrown = assertThrows(StatusRuntimeException.class, () -> call.on(stubs));
      return NodeClient.failure(thrown).orElseThrow().getKind();
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  // ---- what a session begins with

  @DisplayName("behaviour 47: each shell begins with the profile's environment, directory, script")
  @ParameterizedTest
  @EnumSource
  void eachShellBeginsWithIt(TargetKind kind) {
    Shell shell =
        open(
            kind,
            """
            environment { GREETING = "it's  $HOME \\"here\\"", LEVEL = 3 }
            directory = /tmp
            startup = "greet() { echo \\"$GREETING $LEVEL\\"; }"
            """);
    String begun = "it's  $HOME \"here\" 3\n/tmp\n";
    assertEquals(begun, shell.run("greet; pwd").with(0).text());
    shell.run("cd /; LEVEL=4; kill -9 $$; sleep 9");
    assertEquals(begun, shell.run("greet; pwd").with(0).text());
    assertEquals(2, shell.show().getGeneration());
    shell.remove();
  }

  @DisplayName("behaviour 47: a start-up script that fails opens nothing, and nothing is left")
  @ParameterizedTest
  @EnumSource
  void aStartUpThatFailsOpensNothing(TargetKind kind) {
    Failure failure = notOpened(with(profile(kind, "startup = \"exit 3\""), kind));
    assertEquals("start-failed", failure.getKind());
    assertTrue(failure.getCause().contains("its shell ended with 3"), failure::toString);
    Failure slow =
        notOpened(with(profile(kind, "startup = \"sleep 300\", startup-timeout = 1s"), kind));
    assertEquals("start-failed", slow.getKind());
  }

  @DisplayName("behaviour 47: what the target would ask a password for is refused")
  @ParameterizedTest
  @EnumSource
  void anAccountThatCannotBecomeAnotherIsRefused(TargetKind kind) {
    Failure failure = notOpened(with(profile(kind, "user = no-such-account"), kind));
    assertEquals("sudo-refused", failure.getKind());
    assertTrue(failure.getAdvice().contains("NOPASSWD"), failure::toString);
  }

  @DisplayName("behaviour 47: a session runs as the profile's user, jobs, cancel and end included")
  @Test
  void aSessionRunsAsTheProfilesUser() {
    Shell shell = open(TargetKind.LOCAL, "user = ops");
    assertEquals("ops\n", shell.run("echo $SUDO_TO").with(0).text());
    var job = shell.running("sleep 300");
    shell.cancel(job, 1);
    shell.end(job).as(JobState.STOPPED);
    Path far = stage.farSide(TargetKind.LOCAL, shell.show());
    assertTrue(Files.exists(far));
    shell.remove();
    assertFalse(Files.exists(far));
  }

  // ---- what it may take

  @DisplayName("behaviours 9, 47: an idle time-out above the profile's maximum opens nothing")
  @ParameterizedTest
  @EnumSource
  void anIdleTimeOutAboveTheMaximumOpensNothing(TargetKind kind) {
    String profile = profile(kind, "max-idle-timeout = 2h");
    Failure failure = notOpened(with(profile, kind).setIdleTimeout(Shell.seconds(7201)));
    assertEquals("invalid", failure.getKind());
    assertEquals("'idle_timeout' may be at most 120 min with this profile", failure.getCause());
    Shell shell = stage.open(with(profile, kind).setIdleTimeout(Shell.seconds(7200)));
    assertEquals(7200, shell.show().getIdleTimeout().getSeconds());
    shell.remove();
    Shell usual = stage.open(with(profile, kind));
    assertEquals(7200, usual.show().getIdleTimeout().getSeconds());
    usual.remove();
  }

  @DisplayName("behaviours 25, 47: no job runs longer than the profile says")
  @ParameterizedTest
  @EnumSource
  void noJobRunsLongerThanTheProfileSays(TargetKind kind) {
    Shell shell = open(kind, "job-time = 1s");
    shell.end(shell.submit("sleep 300")).as(JobState.TIMED_OUT);
    shell
        .end(
            shell.submit(
                SubmitJobRequest.newBuilder()
                    .setScript("sleep 300")
                    .setTimeout(Shell.seconds(200))))
        .as(JobState.TIMED_OUT);
    shell.remove();
  }

  @DisplayName("behaviour 47: a session whose time is over is removed, with the job that runs")
  @ParameterizedTest
  @EnumSource
  void aSessionWhoseTimeIsOverIsRemoved(TargetKind kind) {
    Shell shell = open(kind, "session-time = 2s");
    Session opened = shell.show();
    assertEquals(opened.getCreatedAt().getSeconds() + 2, opened.getEndsAt().getSeconds());
    var unused = shell.submit("sleep 300");
    shell.await("it is closed", it -> it.getState() == SessionState.CLOSED);
    assertFalse(Files.exists(stage.farSide(kind, opened)));
  }

  @DisplayName("behaviours 27, 47: the profile limits the output of jobs, and the queue")
  @ParameterizedTest
  @EnumSource
  void theProfileLimitsOutputAndQueue(TargetKind kind) {
    Shell shell = open(kind, "output-limit = 64k, output-mode = drop, queue-length = 1");
    var job = shell.submit("head -c 1000000 /dev/zero");
    assertEquals(JobState.SUCCEEDED, shell.await(job, 60).getState());
    var running = shell.running("sleep 300");
    shell.submit("true");
    assertEquals(
        "queue-full",
        stage
            .refusal(
                stubs ->
                    stubs
                        .jobs()
                        .submitJob(
                            SubmitJobRequest.newBuilder()
                                .setSession(shell.id())
                                .setScript("true")
                                .build()))
            .getKind());
    shell.cancel(running, 0);
    shell.remove();
  }

  @DisplayName("behaviours 4, 47: a session is parked as soon as its profile says")
  @ParameterizedTest
  @EnumSource
  void aSessionIsParkedAsSoonAsItsProfileSays(TargetKind kind) {
    Shell shell = open(kind, "park-after = 1s");
    shell.await("it is parked", it -> it.getReason().equals("parked"));
    shell.remove();
  }

  @DisplayName("behaviours 14, 47: a session repairs itself once, if its profile says so")
  @ParameterizedTest
  @EnumSource
  void aSessionRepairsItselfOnce(TargetKind kind) {
    Shell shell = open(kind, "self-repairs = 1, startup = \"A=1\"");
    stage.reboot(kind);
    stage.cut(kind);
    shell.await(
        "it has a new shell",
        it -> it.getIncarnation() == 2 && it.getState() == SessionState.OPENED);
    assertEquals("1\n", shell.run("echo $A").with(0).text());
    stage.reboot(kind);
    stage.cut(kind);
    shell.await("it is broken for good", it -> it.getState() == SessionState.BROKEN);
    shell.remove();
  }

  // ---- what may be run

  @DisplayName("behaviour 47: in restricted mode nothing but the listed commands is run")
  @ParameterizedTest
  @EnumSource
  void nothingButTheListedCommandsIsRun(TargetKind kind) throws IOException {
    Path witness = stage.file("witness");
    Shell shell =
        open(
            kind,
            """
            restricted = true
            commands = [
              { run = uptime }
              { run = "/usr/bin/printf", arguments = ["%s\\\\\\\\n", ".*"] }
              { run = "/bin/echo", arguments = ["[a-z]+"], rest = "[0-9]*" }
            ]
            """);
    for (String nasty :
        List.of(
            "; touch " + witness,
            "$(touch " + witness + ")",
            "`touch " + witness + "`",
            "' ; touch " + witness + " '",
            "\\'; touch " + witness,
            "| touch " + witness,
            "> " + witness,
            "*",
            "~",
            "$HOME",
            "\"",
            "-e",
            "!!")) {
      assertEquals(
          nasty + "\n",
          shell.end(shell.submit(argv("/usr/bin/printf", "%s\\n", nasty))).with(0).text());
    }
    assertEquals("abc 1 2\n", shell.end(shell.submit(argv("/bin/echo", "abc", "1", "2"))).text());
    for (SubmitJobRequest.Builder request :
        List.of(
            argv("touch", witness.toString()),
            argv("/bin/echo", "abc", "1", "; touch " + witness),
            argv("/bin/echo", "abc;touch"),
            argv("/bin/echo", "abc\ntouch " + witness),
            argv("uptime", "-p"),
            argv("sh", "-c", "touch " + witness),
            SubmitJobRequest.newBuilder().setScript("uptime"),
            SubmitJobRequest.newBuilder().setScript("touch " + witness).addArguments("x"))) {
      Failure failure =
          stage.refusal(stubs -> stubs.jobs().submitJob(request.setSession(shell.id()).build()));
      assertEquals("command-refused", failure.getKind(), request::toString);
    }
    assertEquals(
        "command-refused",
        stage
            .refusal(
                stubs ->
                    stubs
                        .terminals()
                        .openTerminal(
                            OpenTerminalRequest.newBuilder().setSession(shell.id()).build()))
            .getKind());
    assertFalse(Files.exists(witness));
    var written = shell.history().stream().filter(it -> it.getWhat().equals("refused")).toList();
    assertEquals(9, written.size());
    assertEquals("admin", written.get(0).getWho());
    assertTrue(written.get(0).getDetail().startsWith("touch " + witness), written::toString);
    assertEquals(
        "invalid",
        notOpened(with(shell.show().getProfile(), kind).setShell("/tmp/mine")).getKind());
    shell.remove();
  }

  @DisplayName("behaviour 47: a session keeps its version, whatever becomes of the profile")
  @ParameterizedTest
  @EnumSource
  void aSessionKeepsItsVersion(TargetKind kind) {
    String profile = profile(kind, "environment { A = 1 }");
    Shell old = stage.open(with(profile, kind));
    apply(profile, "environment { A = 2 }");
    Shell young = stage.open(with(profile, kind));
    delete(profile);
    assertEquals(1, old.show().getProfileVersion());
    assertEquals(2, young.show().getProfileVersion());
    assertEquals("1\n", old.run("echo $A").with(0).text());
    assertEquals("2\n", young.run("echo $A").with(0).text());
    old.run("kill -9 $$; sleep 9");
    assertEquals("1\n", old.run("echo $A").with(0).text());
    old.remove();
    young.remove();
  }

  @DisplayName("behaviour 47: a copy is no way round the list of commands")
  @ParameterizedTest
  @EnumSource
  void aCopyIsNoWayOut(TargetKind kind) throws IOException {
    Shell shell = open(kind, "restricted = true, commands = [ { run = uptime } ]");
    Path source = Files.writeString(stage.file("source"), "evil");
    Path there = stage.file("there");
    var in = stage.holdfast().run("copy", source.toString(), shell.id() + ":" + there);
    assertEquals(1, in.code(), in::err);
    assertTrue(in.err().contains("allows the commands that it lists"), in::err);
    assertFalse(Files.exists(there));
    var out = stage.holdfast().run("copy", shell.id() + ":" + source, there.toString());
    assertEquals(1, out.code(), out::err);
    assertFalse(Files.exists(there));
    assertTrue(
        shell.history().stream().anyMatch(entry -> entry.getWhat().equals("refused")),
        "what was refused is in the history");
    shell.remove();
  }

  @DisplayName("behaviour 47: what runs beside the queue begins like it, and is restricted like it")
  @ParameterizedTest
  @EnumSource
  void whatRunsBesideTheQueueIsNoWayOut(TargetKind kind) {
    Shell shell =
        open(
            kind,
            "environment { A = 5 }, restricted = true, sessions-per-user = 1,"
                + " commands = [ { run = printenv, arguments = [A] } ]");
    var beside = shell.submit(argv("printenv", "A").setBackground(true));
    assertEquals("5\n", shell.end(beside).with(0).text());
    Failure failure =
        stage.refusal(
            stubs ->
                stubs
                    .jobs()
                    .submitJob(
                        SubmitJobRequest.newBuilder()
                            .setSession(shell.id())
                            .setScript("id")
                            .setBackground(true)
                            .build()));
    assertEquals("command-refused", failure.getKind());
    shell.remove();
  }

  @DisplayName("behaviours 39, 47: profiles are there again after the node was killed with -9")
  @Test
  void profilesAreThereAgainAfterAKill() throws IOException, InterruptedException {
    String document = "sessions-per-user = 1, environment { A = 7 }";
    apply("kept", document);
    apply("gone", "");
    delete("gone");
    disable("kept", true);
    disable("kept", false);
    Shell shell = stage.open(with("kept", TargetKind.LOCAL));
    stage.node().kill();
    stage.node().start();
    assertEquals(document, get("kept").getDocument());
    assertEquals("too-many-sessions", notOpened(with("kept", TargetKind.LOCAL)).getKind());
    assertEquals("7\n", shell.run("echo $A").with(0).text());
    assertEquals(2, apply("gone", "").getVersion());
    shell.remove();
  }

  @DisplayName("behaviours 28, 47: a listed command may read input")
  @ParameterizedTest
  @EnumSource
  void aListedCommandMayReadInput(TargetKind kind) {
    Shell shell = open(kind, "restricted = true, commands = [ { run = cat } ]");
    var job = shell.submit(argv("cat").setHasInput(true));
    shell.give(job, 0, ByteString.copyFromUtf8("$(id)\n").toByteArray(), true);
    assertEquals("$(id)\n", shell.end(job).with(0).text());
    shell.remove();
  }
}
