package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.LinkBound;
import dev.holdfast.actor.SessionSettings;
import dev.holdfast.actor.Sessions;
import dev.holdfast.actor.Surroundings;
import dev.holdfast.actor.store.DataDirectory;
import dev.holdfast.api.Api;
import dev.holdfast.api.Copies;
import dev.holdfast.api.EventCalls;
import dev.holdfast.api.FileCalls;
import dev.holdfast.api.JobCalls;
import dev.holdfast.api.Monitoring;
import dev.holdfast.api.NodeCalls;
import dev.holdfast.api.NodeCalls.Standing;
import dev.holdfast.api.Operators;
import dev.holdfast.api.ProfileCalls;
import dev.holdfast.api.Readiness;
import dev.holdfast.api.SessionCalls;
import dev.holdfast.api.TerminalCalls;
import dev.holdfast.api.WebhookCalls;
import dev.holdfast.chronicle.Chronicles;
import dev.holdfast.chronicle.Herald;
import dev.holdfast.directory.Directory;
import dev.holdfast.directory.Headcount;
import dev.holdfast.directory.News;
import dev.holdfast.directory.NodeFacts;
import dev.holdfast.directory.State;
import dev.holdfast.host.HostOpener;
import dev.holdfast.host.HostScript;
import dev.holdfast.host.HostSettings;
import dev.holdfast.host.PacedLinks;
import dev.holdfast.metrics.Metrics;
import dev.holdfast.metrics.SessionMeters;
import dev.holdfast.profile.Profiles;
import dev.holdfast.security.PrivateFile;
import dev.holdfast.security.Tokens;
import dev.holdfast.session.Command;
import dev.holdfast.session.Origin;
import dev.holdfast.transport.Backoff;
import dev.holdfast.transport.local.LocalTransport;
import dev.holdfast.transport.ssh.SshSettings;
import dev.holdfast.transport.ssh.SshTransport;
import dev.holdfast.webhook.Webhooks;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.Props;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node, wired by hand: data directory, journal, actor system, transports, sessions, port.
 * Whatever fails on the way undoes what was done before it.
 */
final class Node implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final String ENDPOINT = "endpoint";
  private static final Duration USE_EVERY = Duration.ofSeconds(30);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final Clock clock;
  private final CompletableFuture<Ending> ended = new CompletableFuture<>();
  private final Settings settings;
  private final DataDirectory data;
  private final Api api;

  /** Why a node has ended by itself. */
  enum Ending {
    /** It was asked to leave its cluster, and others keep its sessions. */
    DRAINED,
    /** The other nodes could not reach it for a while. */
    GIVEN_UP
  }

  /** Starts a node and returns when it serves. */
  static Node start(Config config) throws IOException {
    return new Node(config);
  }

  private Node(Config config) throws IOException {
    this.settings = Settings.of(config);
    this.clock = WrongClock.of(settings.clockErrorFile());
    try {
      this.data = own(DataDirectory.open(settings.dataDirectory()));
      this.api = wire(config);
      PrivateFile.write(data.path().resolve(ENDPOINT), api.url() + "\n");
      parts.push(() -> Files.deleteIfExists(data.path().resolve(ENDPOINT)));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private Api wire(Config config) throws IOException {
    Files.deleteIfExists(data.path().resolve(ENDPOINT));
    var admission = new Admission(settings.cluster());
    admission.lookAtSeeds();
    Store store = own(Store.open(settings.store(), data, config));
    var founding = store.register().map(it -> new Founding(it, settings.cluster()));
    founding.ifPresent(it -> parts.push(it::end));
    Config whole =
        store
            .persistence()
            .withFallback(settings.cluster().pekko())
            .withFallback(Sessions.pekkoConfig())
            .withFallback(config);
    Tokens tokens = own(Tokens.open(data.path(), clock));
    var log = store.output();
    ExecutorService disk = own(pool("holdfast-disk", settings.diskThreads()));
    ExecutorService links = own(pool("holdfast-links", settings.diskThreads()));
    var timers = own(new ScheduledThreadPoolExecutor(1, daemons("holdfast-timers")));
    timers.setRemoveOnCancelPolicy(true);
    var ssh = own(new SshTransport(SshSettings.from(whole)));
    var local = own(new LocalTransport(secretVariables(whole)));
    var hosts = HostSettings.from(whole);
    var opener =
        new PacedLinks(
            new HostOpener(List.of(local, ssh), HostScript.shipped(), hosts, log, links, timers),
            links,
            hosts);
    opener.hold();
    var directory = new Directory(settings.closedShown(), clock);
    Config loaded = ConfigFactory.load(whole);
    settings.cluster().checkSurvival(loaded);
    var system = Actors.start(loaded);
    var over = Actors.over(system);
    var unused =
        over.thenRun(
            () -> ended.complete(Actors.hasLeft(system) ? Ending.DRAINED : Ending.GIVEN_UP));
    parts.push(() -> Actors.stop(system, over));
    admission.await(system, founding);
    founding.ifPresent(it -> it.keep(system));
    String address = Actors.address(system);
    directory.isOn(address);
    var metrics = own(new Metrics(Server.version()));
    Origin self = settings.cluster().alone() ? Origin.NODE : Origin.node(settings.cluster().self());
    var session = SessionSettings.of(whole);
    var journal = store.events().on(system);
    var chronicles = Chronicles.start(system, store.ownership(), journal::read, journal.events());
    var herald = new Herald(chronicles);
    var webhooks =
        settings
            .webhooks()
            .keys(data.path(), settings.cluster().alone())
            .map(
                keys ->
                    Webhooks.start(
                        system,
                        store.ownership(),
                        chronicles,
                        keys,
                        settings.webhooks().delivery(),
                        clock));
    var toPark = new CompletableFuture<Sessions>();
    var bound =
        new LinkBound(
            session.linksPerNode(),
            id -> {
              var unusedAnswer = toPark.thenCompose(all -> all.ask(id, new Command.Park(), self));
            });
    var sessions =
        Sessions.start(
            system,
            new Surroundings(
                self,
                session,
                opener,
                log,
                disk,
                directory.and(new SessionMeters(metrics.registry())).and(bound).and(herald),
                store.ownership(),
                clock,
                Backoff.DEFAULT));
    toPark.complete(sessions);
    new Companions(directory, sessions::ask, self).lookAfterBy(timers);
    var profiles =
        Profiles.start(
            system, store.ownership(), new Headcount(directory), clock, session.askTimeout());
    if (Actors.isFirst(system)) {
      Actors.wake(journal, sessions, settings.wakeTimeout());
    }
    opener.release();
    var desk =
        new News.Desk(
            directory,
            new NodeFacts(
                address,
                Server.version(),
                clock.instant(),
                ProcessHandle.current().pid(),
                Runtime.version().toString()));
    system.systemActorOf(desk.behavior(), "holdfast-news", Props.empty());
    var members = new Members(system, desk::nodes);
    measure(metrics, directory, members);
    var operators = new Operators(settings.operators());
    var copies =
        own(
            new Copies(
                directory,
                sessions::ask,
                settings.administrators(),
                copyLimits(settings.files(), session),
                (target, deadline) ->
                    (target.scheme().equals(ssh.scheme()) ? ssh : local).connect(target, deadline),
                own(Executors.newCachedThreadPool(daemons("holdfast-files"))),
                timers));
    Api port =
        Api.start(
            settings.bind(),
            settings.limits(),
            tokens,
            clock,
            new Monitoring(new Readiness(members::hasSelf, store.pulse()), metrics, operators),
            List.of(
                new SessionCalls(
                    directory,
                    sessions::ask,
                    settings.administrators(),
                    profiles::ask,
                    settings.bounds(),
                    journal),
                new JobCalls(
                    directory,
                    sessions::ask,
                    settings.administrators(),
                    settings.bounds(),
                    log,
                    disk),
                new ProfileCalls(profiles::ask, settings.administrators()),
                new TerminalCalls(
                    directory,
                    sessions::ask,
                    settings.administrators(),
                    settings.bounds(),
                    log,
                    disk),
                new FileCalls(copies),
                new NodeCalls(directory, members, operators),
                new EventCalls(
                    directory, sessions::ask, settings.administrators(), chronicles, herald),
                new WebhookCalls(webhooks, clock)));
    Actors.beforeLeaving(system, port::close);
    return own(port);
  }

  /** A session is told that it is in use before it would be parked. */
  private static Copies.Limits copyLimits(Settings.Files files, SessionSettings session) {
    Duration third = session.parkAfter().dividedBy(3);
    boolean soon = !third.isZero() && third.compareTo(USE_EVERY) < 0;
    return new Copies.Limits(
        files.perSession(), files.perNode(), files.idle(), soon ? third : USE_EVERY);
  }

  private static void measure(Metrics metrics, Directory directory, NodeCalls.Cluster cluster) {
    for (State state : List.of(State.OPENED, State.DISCONNECTED, State.BROKEN)) {
      metrics.gauge(
          "holdfast.sessions",
          "Sessions that this node keeps",
          "state",
          word(state),
          () -> directory.countKept(state));
    }
    for (Standing standing : Standing.values()) {
      metrics.gauge(
          "holdfast.nodes",
          "Nodes of the cluster, as this one sees them",
          "status",
          word(standing),
          () -> (int) cluster.members().stream().filter(it -> it.standing() == standing).count());
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Completes when the node has ended without having been closed. */
  CompletionStage<Ending> ended() {
    return ended;
  }

  /** Where it listens. */
  String url() {
    return api.url();
  }

  /** Where it keeps its data. */
  String place() {
    return data.path().toString();
  }

  @Override
  public synchronized void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.warn("while stopping: {}", e.toString());
      }
    }
  }

  /** The environment variables that hold secrets of this node; no local job may see them. */
  private static Set<String> secretVariables(Config whole) {
    return Stream.of("passphrase-variable", "password-variable")
        .map(key -> whole.getString("holdfast.ssh." + key))
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  private <T extends AutoCloseable> T own(T part) {
    parts.push(part);
    return part;
  }

  private <T extends ExecutorService> T own(T pool) {
    parts.push(pool::shutdownNow);
    return pool;
  }

  private static ExecutorService pool(String name, int threads) {
    return Executors.newFixedThreadPool(threads, daemons(name));
  }

  private static ThreadFactory daemons(String name) {
    var number = new AtomicInteger();
    return work -> {
      Thread thread = new Thread(work, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
