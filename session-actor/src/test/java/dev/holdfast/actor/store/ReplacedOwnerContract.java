package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.typesafe.config.Config;
import dev.holdfast.actor.Answer;
import dev.holdfast.actor.Message;
import dev.holdfast.actor.Ownership;
import dev.holdfast.actor.SessionActor;
import dev.holdfast.actor.SessionSettings;
import dev.holdfast.actor.Sessions;
import dev.holdfast.actor.Surroundings;
import dev.holdfast.actor.Watcher;
import dev.holdfast.fixture.NoOutput;
import dev.holdfast.fixture.PlayedLinks;
import dev.holdfast.session.Command;
import dev.holdfast.session.Disconnected;
import dev.holdfast.session.JobRequest;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Session;
import dev.holdfast.session.Terms;
import dev.holdfast.transport.Backoff;
import dev.holdfast.transport.LinkReport;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two actors that keep the same session on a real server, each of another node. */
@Timeout(300)
abstract class ReplacedOwnerContract {
  /** Of the session. */
  static final String ID = "s1";

  static final Origin ALICE = new Origin("alice", "ops", "127.0.0.1");

  /** Longer than the test, so that an owner that was replaced stays away. */
  private static final Duration REST = Duration.ofMinutes(10);

  final PlayedLinks links = new PlayedLinks();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private Ownership ownership;

  /** What a node of the test's own tables persists with. */
  abstract Config journal() throws IOException;

  /** On the same tables; called once before each test. */
  abstract Owners owners() throws IOException;

  @BeforeEach
  final void open() throws IOException {
    ownership = new TableOwnership(owners(), REST);
  }

  /** The replaced owner writes more events at once than the other, and so the newest of all. */
  @Test
  @DisplayName("behaviours 34, 35: neither events nor snapshots of a replaced owner are believed")
  void nothingThatAReplacedOwnerWroteIsBelieved() throws Exception {
    List<String> keys = List.of("first", "second", "third", "fourth", "fifth");
    try (Node old = node();
        Node next = node()) {
      ActorRef<Message> replaced = actor(old);
      ask(old, replaced, new Command.Open(ID, terms(), ALICE));
      links.next().says(new LinkReport.Up("boot", 1, true));
      for (String key : keys) {
        ask(old, replaced, submit(key));
      }
      ActorRef<Message> owner = actor(next);
      assertEquals(keys, keys(ask(next, owner, new Command.Look()).session()));
      assertThrows(
          ExecutionException.class,
          () ->
              AskPattern.<Message, Answer>ask(
                      replaced,
                      to -> new Message.Ask(new Command.Remove(false), ALICE, to),
                      Duration.ofSeconds(3),
                      old.system().scheduler())
                  .toCompletableFuture()
                  .get());
    }
    try (Node later = node()) {
      Session read = ask(later, actor(later), new Command.Look()).session();
      assertInstanceOf(Disconnected.class, read);
      assertEquals(keys, keys(read));
      assertEquals(List.of(), read.jobs().ended());
    }
    assertEquals(List.of("taken over", "replaced", "taken over"), told);
  }

  /** What watchers of all nodes hear. */
  private final class Told implements Watcher {
    @Override
    public void changed(Session session) {}

    @Override
    public void takenOver(String session) {
      told.add("taken over");
    }

    @Override
    public void replaced(String session) {
      told.add("replaced");
    }
  }

  static List<String> keys(Session session) {
    return session.jobs().all().map(job -> job.request().key()).toList();
  }

  Node node() throws IOException {
    return Node.on(journal(), () -> {});
  }

  ActorRef<Message> actor(Node node) {
    var around =
        new Surroundings(
            Origin.NODE,
            new SessionSettings(
                Duration.ofSeconds(20),
                Duration.ofSeconds(1),
                1,
                Duration.ofHours(1),
                Duration.ZERO,
                10),
            links,
            new NoOutput(),
            Runnable::run,
            new Told(),
            ownership,
            Clock.systemUTC(),
            new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)));
    return node.system()
        .systemActorOf(
            SessionActor.create(Sessions.persistenceId(ID), node.system().ignoreRef(), around),
            "session",
            Props.empty());
  }

  static Answer ask(Node node, ActorRef<Message> actor, Command command) throws Exception {
    return Node.await(
        AskPattern.<Message, Answer>ask(
            actor,
            to -> new Message.Ask(command, ALICE, to),
            Node.DEADLINE,
            node.system().scheduler()));
  }

  static Terms terms() {
    return new Terms(
        "web1",
        "local:",
        "sh",
        Map.of(),
        Duration.ofHours(1),
        Duration.ofSeconds(30),
        10,
        10_000,
        5,
        "",
        Duration.ZERO);
  }

  static Command submit(String key) {
    return new Command.Submit(
        new JobRequest(key, key, "true", Duration.ZERO, 0, false, false), ALICE);
  }
}
