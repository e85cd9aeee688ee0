package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.SessionSettings;
import dev.holdfast.actor.Sessions;
import dev.holdfast.actor.Surroundings;
import dev.holdfast.actor.store.DataDirectory;
import dev.holdfast.actor.store.EmbeddedJournal;
import dev.holdfast.api.Api;
import dev.holdfast.api.Asks;
import dev.holdfast.api.JobCalls;
import dev.holdfast.api.NodeCalls;
import dev.holdfast.api.SessionCalls;
import dev.holdfast.directory.Directory;
import dev.holdfast.host.HostOpener;
import dev.holdfast.host.HostScript;
import dev.holdfast.host.HostSettings;
import dev.holdfast.output.FileOutputLog;
import dev.holdfast.security.PrivateFile;
import dev.holdfast.security.Tokens;
import dev.holdfast.session.Command;
import dev.holdfast.session.Origin;
import dev.holdfast.transport.Backoff;
import dev.holdfast.transport.Transport;
import dev.holdfast.transport.local.LocalTransport;
import dev.holdfast.transport.ssh.SshSettings;
import dev.holdfast.transport.ssh.SshTransport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.stream.javadsl.Sink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node, wired by hand: the data directory below, the API on top. What is opened last is
 * closed first; {@link #close} may be called from any thread, and again.
 */
final class Running implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Running.class);
  private static final Duration STOP = Duration.ofSeconds(20);
  private static final String ENDPOINT = "endpoint";
  private static final int LOOKS_AT_ONCE = 64;

  private final Deque<Part> parts = new ArrayDeque<>();
  private final ActorSystem<Void> system;
  private final Api api;

  /** Something that was opened and has to be closed. */
  private record Part(String name, AutoCloseable closing) {}

  static Running start(Config settings, NodeSettings node) throws IOException, StartFailure {
    var bind = node.listen().bind();
    return new Running(settings, node, bind);
  }

  private Running(Config settings, NodeSettings node, dev.holdfast.api.Bind bind)
      throws IOException {
    try {
      var clock = Clock.systemUTC();
      var startedAt = Instant.now(clock);
      var data = open("data directory", DataDirectory.open(node.dataDirectory()));
      Files.deleteIfExists(data.path().resolve(ENDPOINT));
      var output = open("output log", new FileOutputLog(data.output()));
      var tokens = open("tokens", Tokens.open(data.path(), clock));
      var disk = threads("disk", node.diskThreads());
      var linkThreads = threads("link", node.linkThreads());
      var timers = Threads.timers();
      parts.push(new Part("timers", timers::shutdownNow));
      var local = open("local transport", new LocalTransport(secrets(settings)));
      var ssh = open("ssh transport", new SshTransport(SshSettings.from(settings)));
      var links =
          new HostOpener(
              List.<Transport>of(local, ssh),
              HostScript.shipped(),
              HostSettings.from(settings),
              output,
              linkThreads,
              timers);
      var directory = new Directory(node.closedKept(), clock);

      system = system(settings, node, data);
      var sessions =
          Sessions.start(
              system,
              new Surroundings(
                  SessionSettings.of(settings),
                  links,
                  output,
                  disk,
                  directory::update,
                  clock,
                  Backoff.DEFAULT));
      var journal = new Journal(system);
      fill(directory, journal, sessions::ask, node.startTimeout());

      api =
          open(
              "port",
              Api.start(
                  bind,
                  node.limits(),
                  tokens,
                  clock,
                  List.of(
                      new SessionCalls(directory, sessions::ask, node.bounds(), journal),
                      new JobCalls(directory, sessions::ask, node.bounds(), output, disk),
                      new NodeCalls(
                          directory,
                          Cluster.get(system).selfMember().address().toString(),
                          Server.Version.text(),
                          startedAt))));
      announce(data.path());
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T open(String name, T part) {
    parts.push(new Part(name, part));
    return part;
  }

  private ExecutorService threads(String name, int count) {
    ExecutorService pool = Threads.pool(name, count);
    parts.push(
        new Part(
            name + " threads",
            () -> {
              pool.shutdown();
              if (!pool.awaitTermination(STOP.toSeconds(), TimeUnit.SECONDS)) {
                pool.shutdownNow();
              }
            }));
    return pool;
  }

  /** Variables that hold passwords are not shown to the commands of local sessions. */
  private static Set<String> secrets(Config settings) {
    return Stream.of("holdfast.ssh.passphrase-variable", "holdfast.ssh.password-variable")
        .map(settings::getString)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  private ActorSystem<Void> system(Config settings, NodeSettings node, DataDirectory data)
      throws IOException {
    Config alone =
        ConfigFactory.parseMap(
                Map.of(
                    "pekko.remote.artery.canonical.hostname", node.clusterHost(),
                    "pekko.remote.artery.canonical.port", node.clusterPort()))
            .withFallback(ConfigFactory.parseResources("holdfast-node.conf"));
    ActorSystem<Void> made =
        ActorSystem.create(
            Behaviors.empty(),
            "holdfast",
            EmbeddedJournal.prepare(data)
                .withFallback(Sessions.pekkoConfig())
                .withFallback(alone)
                .withFallback(settings)
                .resolve());
    parts.push(
        new Part(
            "actors",
            () -> {
              made.terminate();
              made.getWhenTerminated()
                  .toCompletableFuture()
                  .get(STOP.toSeconds(), TimeUnit.SECONDS);
            }));
    Cluster cluster = Cluster.get(made);
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    return made;
  }

  /** Every session of the journal is looked at once, so that the directory knows it. */
  private void fill(Directory directory, Journal journal, Asks asks, Duration limit) {
    try {
      Done unused =
          journal
              .ids()
              .filter(id -> directory.get(id).isEmpty())
              .mapAsyncUnordered(
                  LOOKS_AT_ONCE,
                  id ->
                      asks.ask(id, new Command.Look(), Origin.NODE)
                          .handle(
                              (answer, failed) -> {
                                if (failed != null) {
                                  LOG.warn(
                                      "session {} does not answer yet: {}",
                                      id,
                                      failed.getMessage());
                                }
                                return Done.getInstance();
                              }))
              .runWith(Sink.ignore(), system)
              .toCompletableFuture()
              .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn("the journal has not been read whole in {} s; the rest follows", limit.toSeconds());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while starting", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException("the journal cannot be read: " + e.getCause(), e);
    }
  }

  /** Clients on this machine find the node by the file {@code endpoint}. */
  private void announce(Path directory) throws IOException {
    Path endpoint = directory.resolve(ENDPOINT);
    PrivateFile.write(endpoint, api.url() + "\n");
    parts.push(new Part("endpoint", () -> Files.deleteIfExists(endpoint)));
  }

  String url() {
    return api.url();
  }

  /** Waits until the node has ended; false when it ended by itself. */
  boolean awaitEnd() throws InterruptedException {
    try {
      var unused = system.getWhenTerminated().toCompletableFuture().get();
    } catch (java.util.concurrent.ExecutionException e) {
      LOG.error("the node ended of an error", e.getCause());
    }
    synchronized (parts) {
      return parts.isEmpty();
    }
  }

  @Override
  public void close() {
    synchronized (parts) {
      while (!parts.isEmpty()) {
        Part part = parts.pop();
        try {
          part.closing().close();
        } catch (Exception e) {
          LOG.warn("the {} did not close well: {}", part.name(), e.toString());
        }
      }
    }
  }
}
