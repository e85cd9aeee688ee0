package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.HoldTerminalRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.LeaveTerminalRequest;
import dev.holdfast.protocol.v1.ListTerminalsRequest;
import dev.holdfast.protocol.v1.OpenTerminalRequest;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.Terminal;
import dev.holdfast.protocol.v1.TypeTerminalRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Terminals beside sessions, on a real node. */
class TerminalTest {

  private static Stage stage;

  @BeforeAll
  static void set() throws IOException, InterruptedException {
    stage = Stage.set();
  }

  @AfterAll
  static void close() throws IOException {
    stage.close();
  }

  /** A terminal, and what was typed in it so far. */
  private static final class Typist {
    private final Shell shell;
    private final String id;
    private final String holder;
    private long offset;

    private Typist(Shell shell, String id, String holder) {
      this.shell = shell;
      this.id = id;
      this.holder = holder;
    }

    Terminal hold(boolean take, int columns, int rows) {
      return stage.ask(
          stubs ->
              stubs
                  .terminals()
                  .holdTerminal(
                      HoldTerminalRequest.newBuilder()
                          .setId(id)
                          .setHolder(holder)
                          .setTake(take)
                          .setColumns(columns)
                          .setRows(rows)
                          .build()));
    }

    private TypeTerminalRequest typing(String text) {
      return TypeTerminalRequest.newBuilder()
          .setId(id)
          .setHolder(holder)
          .setOffset(offset)
          .setData(ByteString.copyFromUtf8(text))
          .build();
    }

    void type(String text) {
      offset = stage.ask(stubs -> stubs.terminals().typeTerminal(typing(text))).getNext();
    }

    String refused() {
      return stage.refusal(stubs -> stubs.terminals().typeTerminal(typing("x"))).getKind();
    }

    Job job() {
      return stage.ask(stubs -> stubs.jobs().getJob(GetJobRequest.newBuilder().setId(id).build()));
    }

    void awaitShown(String text) {
      Eventually.see("'" + text + "' is shown", this::shown, seen -> seen.contains(text));
    }

    String shown() {
      return new String(
          shell.read(job(), OutputStream.STDOUT, 0, 1 << 20).getData().toByteArray(),
          StandardCharsets.UTF_8);
    }
  }

  private static Typist open(Shell shell, OpenTerminalRequest.Builder request) {
    Terminal terminal =
        stage.ask(
            stubs ->
                stubs
                    .terminals()
                    .openTerminal(
                        request
                            .setSession(shell.id())
                            .setScript(
                                request.getScript().isEmpty()
                                    ? "PS1='$ ' exec sh -i"
                                    : request.getScript())
                            .build()));
    return new Typist(shell, terminal.getId(), "one");
  }

  private static Typist open(Shell shell) {
    return open(shell, OpenTerminalRequest.newBuilder().setColumns(100).setRows(30));
  }

  @DisplayName(
      "behaviour 51: a terminal has a size, takes every key, and ends with its shell's code")
  @ParameterizedTest
  @EnumSource
  void aTerminalIsARealOne(TargetKind kind) {
    Shell shell = stage.open(kind);
    Typist typist = open(shell);
    typist.hold(false, 100, 30);
    typist.type("tty; stty size; echo $TERM\r");
    typist.awaitShown("/dev/pts/");
    typist.awaitShown("30 100");
    typist.awaitShown("xterm-256color");

    typist.hold(false, 132, 43);
    Eventually.holds(
        "the terminal has the other size",
        () -> {
          typist.type("stty size\r");
          return typist.shown().contains("43 132");
        });
    typist.type("printf '%s' 'é' | od -An -tx1; cat -v\r");
    typist.awaitShown("c3 a9");
    typist.type("\u0001\u0016\u001b[A\r");
    typist.awaitShown("^A^[[A");
    typist.type("\u0003\u0004");
    typist.type("exit 7\r");
    Job ended = Eventually.see("it ends", typist::job, job -> job.getState() == JobState.FAILED);
    assertEquals(7, ended.getExitCode());
    shell.remove();
  }

  @DisplayName(
      "behaviour 15: one types, others are refused until they take it over; it is written down")
  @ParameterizedTest
  @EnumSource
  void oneTypesAndOthersWatch(TargetKind kind) {
    Shell shell = stage.open(kind);
    Typist one = open(shell);
    var two = new Typist(shell, one.id, "two");
    assertEquals("not-held", one.refused());
    one.hold(false, 80, 24);
    assertEquals("held", two.refused());
    assertEquals(
        "held",
        stage
            .refusal(
                stubs ->
                    stubs
                        .terminals()
                        .holdTerminal(
                            HoldTerminalRequest.newBuilder()
                                .setId(two.id)
                                .setHolder("two")
                                .setColumns(80)
                                .setRows(24)
                                .build()))
            .getKind());

    one.type("echo from-one\r");
    one.awaitShown("from-one\r\n");
    two.offset = two.hold(true, 80, 24).getInputOffset();
    assertEquals("held", one.refused());
    two.type("echo from-two\r");
    two.awaitShown("from-two\r\n");
    List<HistoryEntry> held =
        new Shell(stage, one.id.replaceFirst("\\..*", ""))
            .history().stream().filter(entry -> entry.getWhat().equals("terminal-held")).toList();
    assertEquals(2, held.size());

    stage.ask(
        stubs ->
            stubs
                .terminals()
                .leaveTerminal(
                    LeaveTerminalRequest.newBuilder().setId(two.id).setHolder("two").build()));
    assertEquals("not-held", two.refused());
    shell.remove();
  }

  @DisplayName(
      "behaviours 30, 51: a terminal outlives its link, and what is typed meanwhile arrives once")
  @ParameterizedTest
  @EnumSource
  void aTerminalOutlivesItsLink(TargetKind kind) {
    Shell shell = stage.open(kind);
    Typist typist = open(shell);
    typist.hold(false, 80, 24);
    typist.type("n=0\r");
    stage.cut(kind);
    typist.type("n=$((n+1)); echo n=$n.\r");
    typist.awaitShown("n=1.");
    shell.remove();
  }

  @DisplayName("behaviours 33, 51: a terminal outlives its node")
  @ParameterizedTest
  @EnumSource
  void aTerminalOutlivesItsNode(TargetKind kind) throws Exception {
    Shell shell = stage.open(kind);
    Typist typist = open(shell);
    typist.hold(false, 80, 24);
    typist.type("kept=$$; echo pid=$kept.\r");
    typist.awaitShown(".\r\n");
    stage.node().kill();
    stage.node().start();

    typist.type("test $kept = $$ && echo the same as ever\r");
    typist.awaitShown("the same as ever\r\n");
    var list = ListTerminalsRequest.newBuilder().setSession(shell.id()).build();
    Terminal there = stage.ask(stubs -> stubs.terminals().listTerminals(list)).getTerminals(0);
    assertFalse(there.getHolder().isEmpty(), "whoever held it still does");
    shell.remove();
  }

  @DisplayName("behaviour 51: a terminal that nobody is in ends by itself")
  @ParameterizedTest
  @EnumSource
  void anIdleTerminalExpires(TargetKind kind) {
    Shell shell = stage.open(kind);
    Typist typist = open(shell, OpenTerminalRequest.newBuilder().setIdleTimeout(Shell.seconds(1)));

    Eventually.see("it ends", typist::job, job -> job.getState() == JobState.STOPPED);
    assertTrue(
        stage
            .ask(
                stubs ->
                    stubs
                        .terminals()
                        .listTerminals(
                            ListTerminalsRequest.newBuilder().setSession(shell.id()).build()))
            .getTerminalsList()
            .isEmpty());
    shell.remove();
  }
}
