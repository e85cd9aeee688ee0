package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.cli.CommandLineRun;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.ListEventsRequest;
import dev.holdfast.protocol.v1.ListEventsResponse;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The history over all sessions, and the stream of what happens. */
class EventsTest {

  private static Stage stage;

  @BeforeAll
  static void setTheStage() throws IOException, InterruptedException {
    stage = Stage.set();
  }

  @AfterAll
  static void clear() throws IOException {
    stage.close();
  }

  private static ListEventsResponse page(ListEventsRequest.Builder request) {
    return stage.ask(stubs -> stubs.events().listEvents(request.build()));
  }

  private static List<HistoryEntry> all(ListEventsRequest.Builder request) {
    var all = new ArrayList<HistoryEntry>();
    ListEventsResponse page;
    do {
      page = page(request);
      all.addAll(page.getEventsList());
      request.setCursor(page.getNextCursor());
    } while (!page.getEnd());
    return all;
  }

  private static ListEventsRequest.Builder events() {
    return ListEventsRequest.newBuilder();
  }

  private static List<Long> numbers(List<HistoryEntry> entries) {
    return entries.stream().map(HistoryEntry::getNumber).toList();
  }

  private static String addUser(String name, String tenant) throws IOException {
    String token = "hf_" + name + "_" + tenant;
    try {
      String hash =
          HexFormat.of()
              .formatHex(
                  MessageDigest.getInstance("SHA-256")
                      .digest(token.getBytes(StandardCharsets.UTF_8)));
      Files.writeString(
          stage.data().resolve("tokens"),
          "\n%s %s %s never\n".formatted(name, tenant, hash),
          StandardOpenOption.APPEND);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
    Eventually.see(
        "the token is known",
        () -> stage.holdfast().env("HOLDFAST_TOKEN", token).run("list").code(),
        code -> code == 0);
    return token;
  }

  @DisplayName("behaviour 50: the history of a target has what was done in all its sessions")
  @ParameterizedTest
  @EnumSource
  void aTargetHasAHistory(TargetKind kind) {
    Shell one = stage.open(kind);
    Shell two = stage.open(kind);
    one.run("exit 3").with(3);
    two.remove();
    var found = all(events().setTarget(stage.url(kind)));
    for (Shell shell : List.of(one, two)) {
      var expected = numbers(shell.history());
      assertEquals(
          expected,
          numbers(found.stream().filter(it -> it.getSession().equals(shell.id())).toList()));
    }
    assertTrue(found.stream().allMatch(it -> it.getTarget().equals(stage.url(kind))));
    var finished = found.stream().filter(it -> it.getJob().equals(one.id() + ".1")).toList();
    assertEquals(
        List.of(JobState.QUEUED, JobState.RUNNING, JobState.FAILED),
        finished.stream()
            .map(HistoryEntry::getJobState)
            .filter(state -> state != JobState.JOB_STATE_UNSPECIFIED)
            .toList());
    assertEquals(3, finished.get(finished.size() - 1).getExitCode());
    assertEquals(
        SessionState.CLOSED,
        found.stream()
            .filter(it -> it.getSession().equals(two.id()))
            .reduce((a, b) -> b)
            .orElseThrow()
            .getState());
    assertEquals(List.of(), all(events().setTarget("elsewhere.example.org")));
    var told = stage.holdfast().run("history", "--target", stage.url(kind), "-o", "json");
    assertEquals(0, told.code(), told.err());
    assertEquals(all(events().setTarget(stage.url(kind))).size(), told.out().lines().count());
  }

  @DisplayName("behaviour 50: the history of a user has what the user did, and what came of it")
  @Test
  void aUserHasAHistory() throws IOException {
    Shell shell = stage.open(TargetKind.LOCAL);
    String token = addUser("bella", "default");
    CommandLineRun bella =
        stage.holdfast().env("HOLDFAST_TOKEN", token).run("invoke", shell.id(), "--", "exit", "4");
    assertEquals(4, bella.code(), bella.err());
    var found = all(events().setWho("bella"));
    assertEquals(
        List.of("job-queued", "job-started", "job-finished"),
        found.stream().map(HistoryEntry::getWhat).toList());
    assertEquals("bella", found.get(0).getWho());
    assertEquals("holdfast", found.get(2).getWho());
    assertEquals("bella", found.get(2).getOnBehalfOf());
    assertTrue(found.get(2).getDetail().contains("exit code 4"), found.get(2).getDetail());
    var told = stage.holdfast().run("history", "--who", "bella", "-o", "tsv");
    assertEquals(3, told.out().lines().count(), told.out() + told.err());
    var later = found.get(2).getAt();
    assertEquals(
        List.of("job-finished"),
        all(events().setWho("bella").setSince(later)).stream().map(HistoryEntry::getWhat).toList());
    assertEquals(
        List.of("job-queued", "job-started"),
        all(events().setWho("bella").setUntil(later)).stream().map(HistoryEntry::getWhat).toList());
  }

  @DisplayName("behaviour 48: the events of another tenant are nowhere")
  @Test
  void aTenantSeesItsOwnEventsOnly() throws IOException {
    stage.open(TargetKind.LOCAL).run("true").with(0);
    String token = addUser("eve", "others");
    var eve = stage.holdfast().env("HOLDFAST_TOKEN", token);
    assertEquals("", eve.run("events", "-o", "json").out());
    assertEquals(0, eve.run("new", "local:", "-o", "id").code());
    var own = stage.holdfast().env("HOLDFAST_TOKEN", token).run("events", "-o", "tsv").out();
    assertTrue(own.lines().count() > 1, own);
    assertTrue(own.contains("requested"), own);
    assertFalse(all(events()).stream().anyMatch(it -> it.getWho().equals("eve")));
    assertEquals(0, stage.holdfast().env("HOLDFAST_TOKEN", token).run("remove", "local").code());
  }

  @DisplayName(
      "events: from a cursor on there is no gap and no repeat, also when the node is killed")
  @Test
  void aCursorGoesOnAcrossTheDeathOfTheNode() throws IOException, InterruptedException {
    Shell shell = stage.open(TargetKind.LOCAL);
    String from = page(events().setCursor("now")).getNextCursor();
    var seen = new ArrayList<HistoryEntry>();
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 8; i++) {
        shell.submit(SubmitJobRequest.newBuilder().setScript("true").setKey("r" + round + "-" + i));
      }
      from = readSome(from, seen, 5);
      stage.node().kill();
      stage.node().start();
    }
    Shell other = stage.open(CreateSessionRequest.newBuilder().setTarget("local:").setName("late"));
    other.remove();
    for (int i = 0; i < 8; i++) {
      shell.end(shell.jobs().get(i));
    }
    shell.remove();
    String at = from;
    var last = new ArrayList<HistoryEntry>(seen);
    Eventually.see(
        "all is told",
        () -> {
          last.clear();
          last.addAll(seen);
          last.addAll(all(events().setCursor(at)));
          return numbers(last.stream().filter(it -> it.getSession().equals(shell.id())).toList());
        },
        found -> found.size() >= shell.history().size() - 3);
    var ofShell = last.stream().filter(it -> it.getSession().equals(shell.id())).toList();
    var whole = shell.history();
    assertEquals(
        numbers(whole.subList(whole.size() - ofShell.size(), whole.size())), numbers(ofShell));
    assertEquals(
        numbers(other.history()),
        numbers(last.stream().filter(it -> it.getSession().equals(other.id())).toList()));
    assertEquals(
        last.size(), new HashSet<>(last.stream().map(HistoryEntry::getCursor).toList()).size());
    var again = all(events());
    assertEquals(again.subList(again.size() - last.size(), again.size()), last);
    var ids = new HashMap<String, Integer>();
    again.forEach(it -> ids.merge(it.getSession() + "/" + it.getNumber(), 1, Integer::sum));
    assertEquals(List.of(), ids.entrySet().stream().filter(it -> it.getValue() > 1).toList());
  }

  /** Reads on until there are so many more. */
  private static String readSome(String from, List<HistoryEntry> seen, int more) {
    int enough = seen.size() + more;
    String cursor = from;
    while (seen.size() < enough) {
      var page = page(events().setCursor(cursor).setPageSize(3).setWait(Shell.seconds(5)));
      seen.addAll(page.getEventsList());
      cursor = page.getNextCursor();
    }
    return cursor;
  }

  @DisplayName("events: what happens is heard of while it does, by gRPC, HTTP and the command line")
  @Test
  void eventsAreHeardOfAtOnce() throws IOException, InterruptedException {
    Shell shell = stage.open(TargetKind.LOCAL);
    String now = page(events().setCursor("now")).getNextCursor();
    var cli = stage.holdfast().start("events", "--follow", "--from", now, "--what", "job-finished");
    var history = stage.holdfast().start("history", shell.id(), "--follow", "-o", "tsv");
    history.awaitOut("link-opened");
    shell.run("exit 9").with(9);
    var stream =
        stage.ask(
            stubs ->
                stubs
                    .events()
                    .followEvents(
                        events()
                            .setCursor(now)
                            .setSession(shell.id())
                            .addWhat("job-finished")
                            .build()));
    assertEquals(shell.id() + ".1", stream.next().getEvents(0).getJob());
    cli.awaitOut("exit code 9");
    history.awaitOut("exit code 9");
    var plain =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(
                            stage.node().endpoint()
                                + "/v1/events?what=job-finished&wait=5s&cursor="
                                + now))
                    .header("authorization", "Bearer " + stage.node().token())
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertEquals(200, plain.statusCode(), plain.body());
    assertTrue(plain.body().contains("\"exitCode\":9"), plain.body());
    String told = history.out();
    assertEquals(
        told.lines().count(),
        told.lines().map(line -> line.split("\t", -1)[0]).collect(Collectors.toSet()).size(),
        told);
  }

  @DisplayName("events: a cursor that was never given is refused by name")
  @Test
  void aWrongCursorIsRefused() {
    for (String wrong : List.of("x", "OTk5OTk5OTk5LjA")) {
      var refused =
          stage.refusal(stubs -> stubs.events().listEvents(events().setCursor(wrong).build()));
      assertEquals("invalid", refused.getKind());
      assertTrue(refused.getCause().contains("'cursor'"), refused.getCause());
    }
    assertEquals(
        "not-found",
        stage
            .refusal(stubs -> stubs.events().listEvents(events().setSession("zzzz").build()))
            .getKind());
  }
}
