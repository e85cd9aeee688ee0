package dev.holdfast.actor.store;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.util.ByteString;

/** A real actor system that keeps its events in a data directory of its own, or in Cassandra. */
final class Node implements AutoCloseable {
  static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Closeable directory;
  private final ActorSystem<Void> system;
  private final AtomicInteger names = new AtomicInteger();

  private Node(Closeable directory, ActorSystem<Void> system) {
    this.directory = directory;
    this.system = system;
  }

  static Node start(Path path) throws IOException {
    return start(path, "");
  }

  /**
   * @param settings that stand before the others
   */
  static Node start(Path path, String settings) throws IOException {
    DataDirectory directory = DataDirectory.open(path);
    try {
      return on(
          ConfigFactory.parseString(settings).withFallback(EmbeddedJournal.prepare(directory)),
          directory::close);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /**
   * @param journal what stands before the others
   * @param directory closed at the end
   */
  static Node on(Config journal, Closeable directory) {
    Config config =
        journal
            .withFallback(
                ConfigFactory.parseString(
                    """
                    pekko.loglevel = WARNING
                    pekko.loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
                    pekko.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                    pekko.actor.serialization-bindings { "[B" = bytes }
                    """))
            .withFallback(ConfigFactory.load());
    return new Node(directory, ActorSystem.create(Behaviors.empty(), "node", config.resolve()));
  }

  ActorSystem<Void> system() {
    return system;
  }

  ActorRef<Ledger.Command> ledger(String id) {
    return ledger(id, failure -> {});
  }

  ActorRef<Ledger.Command> ledger(String id, Consumer<Throwable> refused) {
    return system.systemActorOf(
        Ledger.of(id, refused), "ledger-" + names.incrementAndGet(), Props.empty());
  }

  CompletionStage<Done> enter(ActorRef<Ledger.Command> ledger, byte[] entry) {
    return AskPattern.ask(
        ledger,
        replyTo -> new Ledger.Enter(ByteString.fromArray(entry), replyTo),
        DEADLINE,
        system.scheduler());
  }

  String tell(ActorRef<Ledger.Command> ledger) throws Exception {
    return await(AskPattern.ask(ledger, Ledger.Tell::new, DEADLINE, system.scheduler()));
  }

  static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(DEADLINE.toSeconds() + 5, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws IOException {
    system.terminate();
    system
        .getWhenTerminated()
        .toCompletableFuture()
        .orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS)
        .join();
    directory.close();
  }
}
