package dev.holdfast.behaviour;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.cli.CommandLineRun;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other programs are told of events. */
class WebhooksTest {

  private static Stage stage;

  @BeforeAll
  static void setTheStage() throws IOException, InterruptedException {
    stage =
        Stage.set(
            Stage.Options.config(
                """
                holdfast.webhooks { attempts = 3, first-pause = 20ms, longest-pause = 40ms, deadline = 5s }
                """));
  }

  @AfterAll
  static void clear() throws IOException {
    stage.close();
  }

  private static CommandLineRun holdfast(String... words) {
    var run = stage.holdfast().run(words);
    assertEquals(0, run.code(), run.err());
    return run;
  }

  /** Adds a webhook; its id and its secret. */
  private static List<String> add(Receiver receiver, String... more) {
    var words = new java.util.ArrayList<>(List.of("webhook", "add", receiver.url()));
    words.addAll(List.of(more));
    var cells = holdfast(words.toArray(String[]::new)).out().strip().split("\t", -1);
    return List.of(cells[0], cells[2]);
  }

  private static List<Long> numbers(Shell shell, List<HistoryEntry> entries) {
    return entries.stream()
        .filter(entry -> entry.getSession().equals(shell.id()))
        .map(HistoryEntry::getNumber)
        .toList();
  }

  private static List<Long> told(Shell shell, Receiver receiver) {
    return numbers(shell, receiver.accepted().stream().map(Receiver.Delivered::event).toList());
  }

  @DisplayName(
      "webhooks: every event is delivered, in order and signed, and the secret is kept nowhere")
  @Test
  void eventsAreDeliveredSignedAndInOrder() throws IOException {
    try (var receiver = new Receiver()) {
      List<String> hook = add(receiver);
      Shell shell = stage.open(TargetKind.LOCAL);
      shell.run("exit 6").with(6);
      shell.remove();
      List<Long> expected = shell.history().stream().map(HistoryEntry::getNumber).toList();
      Eventually.see("all is told", () -> told(shell, receiver), expected::equals);
      for (var delivered : receiver.accepted()) {
        assertTrue(delivered.isSignedWith(hook.get(1)), delivered::toString);
        assertFalse(delivered.isSignedWith("whsec_AAAA"));
        assertEquals(
            delivered.event().getSession() + "_" + delivered.event().getNumber(), delivered.id());
      }
      String listed = holdfast("webhook", "list", "-o", "json").out();
      assertTrue(listed.contains(hook.get(0)), listed);
      assertFalse(listed.contains(hook.get(1)), listed);
      for (var file : stage.files()) {
        assertFalse(content(file).contains(hook.get(1).substring(6)), file::toString);
      }
      holdfast("webhook", "remove", hook.get(0));
      assertFalse(holdfast("webhook", "list").out().contains(hook.get(0)));
      assertEquals(1, stage.holdfast().run("webhook", "remove", hook.get(0)).code());
    } finally {
      removeAll();
    }
  }

  @DisplayName("webhooks: the same key gives the same webhook, another one another secret")
  @Test
  void aKeyMakesOneWebhook() throws IOException {
    try (var receiver = new Receiver()) {
      List<String> first = add(receiver, "--key", "one");
      assertEquals(first, add(receiver, "--key", "one"));
      assertNotEquals(first.get(1), add(receiver, "--key", "two").get(1));
      var other = stage.holdfast().run("webhook", "add", "https://example.org/", "--key", "one");
      assertEquals(1, other.code());
      assertTrue(other.err().contains("used for another webhook"), other.err());
    } finally {
      removeAll();
    }
  }

  @DisplayName(
      "webhooks: what fails is tried again, then kept, listed, and delivered when that is asked for")
  @Test
  void aFailedDeliveryIsKeptAndCanBeMadeAgain() throws IOException {
    try (var receiver = new Receiver()) {
      String id = add(receiver, "--what", "job-finished").get(0);
      Shell shell = stage.open(TargetKind.LOCAL);
      receiver.answers(attempt -> attempt < 3 ? 500 : 200);
      shell.run("exit 1").with(1);
      Eventually.see("it is delivered", receiver::attempts, attempts -> attempts == 3);
      receiver.answers(attempt -> attempt <= 3 ? 302 : 200);
      shell.run("exit 2").with(2);
      shell.run("exit 3").with(3);
      Eventually.see(
          "the next is delivered",
          () -> receiver.accepted().stream().map(it -> it.event().getExitCode()).toList(),
          List.of(1, 3)::equals);
      String failed = holdfast("webhook", "failed", id, "-o", "tsv").out();
      assertTrue(failed.startsWith("1\tjob-finished\t" + shell.id() + "\t3\t"), failed);
      assertTrue(failed.contains("status 302"), failed);
      assertEquals(1, stage.holdfast().run("webhook", "retry", id, "77").code());
      receiver.answers(attempt -> attempt <= 3 ? 503 : 200);
      holdfast("webhook", "retry", id, "1");
      Eventually.see(
          "it has failed again",
          () -> holdfast("webhook", "failed", id, "-o", "tsv").out(),
          out -> out.contains("\t6\t") && out.contains("status 503"));
      holdfast("webhook", "retry", id);
      Eventually.see("nothing is left", () -> holdfast("webhook", "failed", id).out(), ""::equals);
      assertEquals(
          List.of(1, 3, 2),
          receiver.accepted().stream().map(it -> it.event().getExitCode()).toList());
    } finally {
      removeAll();
    }
  }

  @DisplayName("webhooks: the death of the node leaves out nothing")
  @Test
  void nothingIsLeftOutWhenTheNodeIsKilled() throws IOException, InterruptedException {
    try (var receiver = new Receiver()) {
      String id = add(receiver).get(0);
      Shell shell = stage.open(TargetKind.LOCAL);
      Eventually.see("it begins", () -> told(shell, receiver).size(), some -> some > 0);
      receiver.answers(attempt -> attempt % 2 == 0 ? 200 : 500);
      for (int i = 0; i < 6; i++) {
        shell.submit("true");
      }
      Eventually.see("some are under way", receiver::attempts, attempts -> attempts > 4);
      stage.node().kill();
      stage.node().start();
      for (var job : shell.jobs()) {
        shell.end(job);
      }
      shell.remove();
      List<Long> expected = shell.history().stream().map(HistoryEntry::getNumber).toList();
      Eventually.see(
          "all is told, but for repeats",
          () -> told(shell, receiver).stream().distinct().toList(),
          expected::equals);
      assertTrue(told(shell, receiver).size() <= expected.size() + 1);
      assertEquals("", holdfast("webhook", "failed", id).out());
    } finally {
      removeAll();
    }
  }

  @DisplayName("webhooks: a URL that is not safe is refused")
  @ParameterizedTest
  @CsvSource({
    "http://example.org/in, https",
    "http://127.0.0.1.example.org/, https",
    "ftp://127.0.0.1/, https",
    "https://me:secret@example.org/, password",
    "https:///in, host",
    "https://example.org/#x, fragment",
    "not a url, URL"
  })
  void anUnsafeUrlIsRefused(String url, String why) {
    var run = stage.holdfast().run("webhook", "add", url);
    assertEquals(1, run.code(), url);
    assertTrue(run.err().contains(why), run.err());
  }

  private static void removeAll() {
    for (String id : holdfast("webhook", "list", "-o", "id").out().lines().toList()) {
      holdfast("webhook", "remove", id);
    }
  }

  private static String content(java.nio.file.Path file) {
    try {
      return Files.readString(file, ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }
}
