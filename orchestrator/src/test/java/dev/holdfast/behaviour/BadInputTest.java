package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.protocol.v1.Argv;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes no sense is a typed error, and does no harm. */
@ExtendWith(SharedStage.class)
class BadInputTest {

  private final Stage stage;

  BadInputTest(Stage stage) {
    this.stage = stage;
  }

  @AfterEach
  void theNodeIsAsWellAsBefore() {
    var shell = stage.open(TargetKind.LOCAL);
    assertEquals("well\n", shell.run("echo well").with(0).text());
    shell.remove();
  }

  private Failure refused(CreateSessionRequest.Builder request) {
    Failure failure = stage.refusal(stubs -> stubs.sessions().createSession(request.build()));
    assertFalse(failure.getCause().isBlank());
    assertFalse(failure.getAdvice().isBlank());
    return failure;
  }

  private Failure refused(SubmitJobRequest.Builder request) {
    var shell = stage.open(TargetKind.LOCAL);
    Failure failure =
        stage.refusal(stubs -> stubs.jobs().submitJob(request.setSession(shell.id()).build()));
    assertEquals(List.of(), shell.jobs());
    shell.remove();
    return failure;
  }

  @DisplayName("behaviour 2: a target that cannot be one is a typed error")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssh://",
        "ssh://host:99999",
        "ssh://host:0",
        "ssh://host:ssh",
        "-oProxyCommand=touch /tmp/harm",
        "ssh://-oProxyCommand=x",
        "ssh://user@-host",
        "ssh://-user@host",
        "ssh://a b",
        "ssh://a\nb",
        "ssh://a'b\"c",
        "ssh://[::1",
        "ssh://host/path",
        "http://host",
        "local:x",
        "$(id)"
      })
  void aTargetThatCannotBeOneIsRefused(String target) {
    assertEquals(
        "bad-target", refused(CreateSessionRequest.newBuilder().setTarget(target)).getKind());
    assertEquals(1, stage.holdfast().run("new", "--", target).code());
  }

  @Test
  void aSessionWithoutATargetOrWithOddFieldsIsRefused() {
    for (var request :
        List.of(
            CreateSessionRequest.newBuilder(),
            local().setName("a\nb"),
            local().setName("x".repeat(65)),
            local().setShell("-c"),
            local().setShell("sh; reboot"),
            local().setKey("k".repeat(129)),
            local().setIdleTimeout(Shell.seconds(-1)),
            local().setIdleTimeout(Shell.seconds(400L * 86_400)),
            local().putLabels("", "x"),
            local().putLabels("a\nb", "x"))) {
      assertEquals("invalid", refused(request).getKind(), request::toString);
    }
  }

  private static CreateSessionRequest.Builder local() {
    return CreateSessionRequest.newBuilder().setTarget("local:");
  }

  @Test
  void tenThousandLabelsAreRefused() {
    var labels =
        IntStream.range(0, 10_000).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
    assertEquals("invalid", refused(local().putAllLabels(labels)).getKind());
  }

  @DisplayName("behaviour 22: a NUL in a script or in a word is refused, not cut short")
  @Test
  void aNulIsRefused() {
    assertEquals("invalid", refused(SubmitJobRequest.newBuilder().setScript("a\0b")).getKind());
    assertEquals(
        "invalid",
        refused(
                SubmitJobRequest.newBuilder()
                    .setArgv(Argv.newBuilder().addWords("echo").addWords("a\0b")))
            .getKind());
    assertEquals(
        "invalid",
        refused(SubmitJobRequest.newBuilder().setScript("true").addArguments("\0")).getKind());
  }

  @Test
  void anEmptyScriptIsRefused() {
    for (String script : List.of("", " ", "\n\n")) {
      assertEquals("invalid", refused(SubmitJobRequest.newBuilder().setScript(script)).getKind());
    }
    assertEquals("invalid", refused(SubmitJobRequest.newBuilder()).getKind());
    assertEquals(
        "invalid", refused(SubmitJobRequest.newBuilder().setArgv(Argv.newBuilder())).getKind());
  }

  @Test
  void aScriptThatIsTooLargeIsRefused() {
    assertEquals(
        "invalid",
        refused(SubmitJobRequest.newBuilder().setScript("#".repeat((1 << 20) + 1))).getKind());
    String kind = refused(SubmitJobRequest.newBuilder().setScript("#".repeat(64 << 20))).getKind();
    assertEquals("too-large", kind);
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    for (var request :
        List.of(
            script().setTimeout(Shell.seconds(-1)),
            script().setTimeout(Shell.seconds(366L * 86_400)),
            script().setOutputLimit(1),
            script().setOutputLimit(-1),
            script().setKey("a\nb"),
            script().setKey("k".repeat(129)))) {
      assertEquals("invalid", refused(request).getKind(), request::toString);
    }
  }

  private static SubmitJobRequest.Builder script() {
    return SubmitJobRequest.newBuilder().setScript("true");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", ".1", "x.", "x.0", "x.-1", "x.99999999999", "x\n.1", "x.1.2.y"})
  void anIdThatCannotBeOneIsRefused(String id) {
    String kind =
        stage
            .refusal(stubs -> stubs.jobs().getJob(GetJobRequest.newBuilder().setId(id).build()))
            .getKind();
    assertTrue(List.of("invalid", "not-found").contains(kind), kind);
  }

  @Test
  void unknownVerbsAndOptionsAreSaidToBe() {
    var verb = stage.holdfast().run("invok");
    assertEquals(2, verb.code());
    assertTrue(verb.err().contains("invoke"), verb.err());
    var option = stage.holdfast().run("list", "--sate", "opened");
    assertEquals(2, option.code());
    assertTrue(option.err().contains("--sate"), option.err());
  }
}
