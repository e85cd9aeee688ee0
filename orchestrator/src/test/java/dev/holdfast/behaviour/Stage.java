package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.cli.CommandLineRun;
import dev.holdfast.fixture.FlakyProxy;
import dev.holdfast.fixture.OpenSsh;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.fixture.SshKeys;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.rig.Cluster;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import io.grpc.StatusRuntimeException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A real node, as a process of its own, and a target of each kind for it, in a directory that
 * belongs to the test. Whatever a test leaves on a target is ended when the stage is closed.
 *
 * <p>With {@code -Dholdfast.stage.nodes=3} there are three nodes on a real Cassandra, and each
 * question goes to the next of them: what holds of one node must hold through any.
 */
final class Stage implements AutoCloseable {

  private static final int DEADLINE_SECONDS = 120;
  private static final String LOGGING = "-Dlogback.configurationFile=logback.xml";
  private static final int NODES = Integer.getInteger("holdfast.stage.nodes", 1);

  private final Path directory;
  private final Path knownHosts;
  private final KeyPair key;
  private final Path identity;
  private final SshHost fixture;
  private final Optional<OpenSsh> openSsh;
  private final Optional<Cluster> cluster;
  private final List<NodeProcess> nodes;
  private final List<NodeClient> clients;
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicInteger names = new AtomicInteger();

  /**
   * What is special about a stage.
   *
   * @param config more lines of the node's configuration
   * @param sshd more lines of sshd_config
   * @param environment more variables for the node
   * @param roots where the targets keep their sessions; absent: in the stage's directory
   */
  record Options(
      String config, List<String> sshd, Map<String, String> environment, Optional<Path> roots) {
    static final Options NONE = new Options("", List.of(), Map.of(), Optional.empty());

    static Options config(String lines) {
      return new Options(lines, List.of(), Map.of(), Optional.empty());
    }
  }

  private Stage(Options options) throws IOException, InterruptedException {
    directory = Files.createTempDirectory("stage-").toAbsolutePath();
    key = SshKeys.ed25519();
    identity = SshKeys.write(key, directory.resolve("id_ed25519"));
    fixture = SshHost.start(environmentOf(TargetKind.FIXTURE, directory)).accept(key.getPublic());
    var sshd = new ArrayList<String>(options.sshd());
    sshd.add("SetEnv HOLDFAST_BOOT_ID_FILE=" + bootFile(TargetKind.OPENSSH, directory));
    openSsh = OpenSsh.start(directory.resolve("sshd"), sshd.toArray(String[]::new));
    openSsh.ifPresent(host -> host.authorize(identity));
    knownHosts = directory.resolve("known_hosts");
    trustHostKeys();
    for (TargetKind kind : TargetKind.values()) {
      Files.writeString(bootFile(kind, directory), UUID.randomUUID() + "\n");
    }
    Path roots = options.roots().orElse(directory);
    String config =
        """
        holdfast.host { local-root = "%s/near", ssh-root = "%s/far" }
        holdfast.ssh {
          config-file = ""
          known-hosts = ["%s"]
          identities = ["%s"]
          agent-socket = ""
        }
        %s
        """
            .formatted(roots, roots, knownHosts, identity, options.config());
    var environment = new HashMap<>(environmentOf(TargetKind.LOCAL, directory));
    environment.putAll(options.environment());
    if (NODES > 1) {
      cluster =
          Optional.of(
              Cluster.start(
                  Cluster.Plan.of(directory, NODES)
                      .settings(config)
                      .options(List.of(LOGGING))
                      .environment(environment)));
      nodes = cluster.get().nodes();
    } else {
      cluster = Optional.empty();
      nodes = List.of(alone(config, environment));
    }
    clients = nodes.stream().map(NodeClient::new).toList();
  }

  private NodeProcess alone(String config, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("node.conf"), config);
    var node =
        new NodeProcess(
            directory.resolve("node"),
            log(),
            NodeProcess.small(List.of(LOGGING)),
            List.of("--config", file.toString()),
            environment);
    node.start();
    return node;
  }

  /** Sets it up; the node is ready. */
  static Stage set(Options options) throws IOException, InterruptedException {
    return new Stage(options);
  }

  static Stage set() throws IOException, InterruptedException {
    return set(Options.NONE);
  }

  private static Map<String, String> environmentOf(TargetKind kind, Path directory) {
    return Map.of("HOLDFAST_BOOT_ID_FILE", bootFile(kind, directory).toString());
  }

  private static Path bootFile(TargetKind kind, Path directory) {
    return directory.resolve("boot-" + kind);
  }

  // ---- the targets

  /** The kinds that there are here. */
  List<TargetKind> kinds() {
    return Arrays.stream(TargetKind.values())
        .filter(kind -> kind != TargetKind.OPENSSH || openSsh.isPresent())
        .toList();
  }

  /** The URL of a target; skips the test when there is no such target here. */
  String url(TargetKind kind) {
    return switch (kind) {
      case LOCAL -> "local:";
      case FIXTURE -> fixture.target().toString();
      case OPENSSH -> openSsh().target().toString();
    };
  }

  SshHost fixture() {
    return fixture;
  }

  OpenSsh openSsh() {
    assumeTrue(openSsh.isPresent(), "skipped for OPENSSH: sshd is not installed");
    return openSsh.get();
  }

  /** A proxy before an SSH target, known to the node under the target's host key. */
  FlakyProxy proxy(TargetKind kind) {
    assumeTrue(kind != TargetKind.LOCAL, "skipped for LOCAL: it is reached by no network");
    int port = kind == TargetKind.FIXTURE ? fixture.port() : openSsh().port();
    var proxy = FlakyProxy.before(port);
    String line =
        kind == TargetKind.FIXTURE ? fixture.knownHostsLine() : openSsh().knownHostsLine("ed25519");
    append(knownHosts, line.replace("]:" + port, "]:" + proxy.port()));
    return proxy;
  }

  String url(FlakyProxy proxy) {
    return "ssh://" + System.getProperty("user.name") + "@127.0.0.1:" + proxy.port();
  }

  /** The target restarts: from now on it has another boot id. */
  void reboot(TargetKind kind) {
    try {
      Files.writeString(bootFile(kind, directory), UUID.randomUUID() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Cuts every link that is up to a target. */
  void cut(TargetKind kind) {
    switch (kind) {
      case LOCAL ->
          nodes.stream()
              .flatMap(node -> ProcessHandle.of(node.pid()).stream())
              .flatMap(ProcessHandle::descendants)
              .filter(process -> process.info().commandLine().orElse("").contains(" attach "))
              .forEach(ProcessHandle::destroyForcibly);
      case FIXTURE -> fixture.killConnections();
      case OPENSSH -> openSsh().killConnections();
    }
  }

  /** The target lets nobody in any more. */
  void lockOut(TargetKind kind) {
    switch (kind) {
      case LOCAL -> assumeTrue(false, "skipped for LOCAL: nobody signs in to it");
      case FIXTURE -> fixture.refuseAuthentication(true);
      case OPENSSH -> openSsh().authorizeNobody();
    }
  }

  /** The fixture knows the node's key no more; other ways to sign in are left. */
  void withoutKeys() {
    fixture.forget(key.getPublic());
  }

  /** The target lets the node in again. */
  void letIn(TargetKind kind) {
    fixture.refuseAuthentication(false);
    if (kind == TargetKind.OPENSSH) {
      openSsh().authorize(identity);
    }
  }

  /** From now on the target shows another host key. */
  void changeHostKey(TargetKind kind) {
    switch (kind) {
      case LOCAL -> assumeTrue(false, "skipped for LOCAL: it has no host key");
      case FIXTURE -> fixture.changeHostKey();
      case OPENSSH -> {
        var unused = SshKeys.write(SshKeys.ed25519(), Path.of(openSsh().file("host_ed25519")));
        openSsh().restart();
      }
    }
  }

  /** Writes the host keys that the targets show now into the node's known_hosts. */
  void trustHostKeys() {
    try {
      Files.writeString(
          knownHosts,
          fixture.knownHostsLine()
              + openSsh.map(host -> host.knownHostsLine("ed25519")).orElse(""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets the node know a further host, and that host know the node. */
  void introduce(SshHost host) {
    append(knownHosts, host.knownHostsLine());
    host.accept(key.getPublic());
  }

  /** Where the targets of this kind keep a session. */
  Path farSide(TargetKind kind, Session session) {
    return directory
        .resolve(kind == TargetKind.LOCAL ? "near" : "far")
        .resolve("s")
        .resolve(session.getId() + "." + session.getIncarnation());
  }

  // ---- the node

  /** The one there is, or the first. */
  NodeProcess node() {
    return nodes.get(0);
  }

  Path data() {
    return node().data();
  }

  Path log() {
    return directory.resolve(NODES > 1 ? "node-0.log" : "node.log");
  }

  Path directory() {
    return directory;
  }

  /** A name that no other file of the stage has. */
  Path file(String name) {
    return directory.resolve(name + "-" + names.incrementAndGet());
  }

  Gate gate() {
    return new Gate(file("gate"));
  }

  /** Asks the next node, again when it is away, each time with a deadline. */
  <T> T ask(NodeClient.Call<T> call) {
    return NodeClient.ask(clients, turn.getAndIncrement(), stubs -> call.on(within(stubs)));
  }

  private static NodeClient.Stubs within(NodeClient.Stubs stubs) {
    return new NodeClient.Stubs(
        stubs.sessions().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS),
        stubs.jobs().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS),
        stubs.nodes().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS),
        stubs.profiles().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS),
        stubs.terminals().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS),
        stubs.events().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS));
  }

  /** Asks, and is refused. */
  Failure refusal(NodeClient.Call<?> call) {
    var thrown = assertThrows(StatusRuntimeException.class, () -> ask(call));
    return NodeClient.failure(thrown)
        .orElseThrow(() -> new AssertionError("a refusal without a failure", thrown));
  }

  /** The command line on this machine. */
  CommandLineRun holdfast() {
    return CommandLineRun.with(data());
  }

  // ---- sessions

  Shell open(TargetKind kind) {
    return open(CreateSessionRequest.newBuilder().setTarget(url(kind)));
  }

  Shell open(CreateSessionRequest.Builder request) {
    return new Shell(this, ask(stubs -> stubs.sessions().createSession(request.build())).getId());
  }

  private void removeAll() {
    for (SessionState state :
        List.of(SessionState.OPENED, SessionState.DISCONNECTED, SessionState.BROKEN)) {
      var left =
          ask(
              stubs ->
                  stubs
                      .sessions()
                      .listSessions(
                          ListSessionsRequest.newBuilder()
                              .addStates(state)
                              .setPageSize(1000)
                              .build()));
      for (Session session : left.getSessionsList()) {
        var unused =
            ask(
                stubs ->
                    stubs
                        .sessions()
                        .removeSession(
                            RemoveSessionRequest.newBuilder()
                                .setId(session.getId())
                                .setForce(state != SessionState.OPENED)
                                .setWait(Shell.seconds(5))
                                .build()));
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (node().isAlive()) {
        removeAll();
      }
    } finally {
      clients.forEach(NodeClient::close);
      nodes.forEach(NodeProcess::close);
      cluster.ifPresent(Cluster::close);
      openSsh.ifPresent(OpenSsh::close);
      fixture.close();
      killLeftovers();
      delete(directory.toFile());
    }
  }

  /** Ends what still runs on the targets: supervisors and shells write down who they are. */
  private void killLeftovers() throws IOException {
    for (String root : List.of("near", "far")) {
      Path sessions = directory.resolve(root).resolve("s");
      if (Files.isDirectory(sessions)) {
        try (Stream<Path> all = Files.list(sessions)) {
          all.forEach(
              session ->
                  Stream.of("owner", "keeper", "worker")
                      .map(session::resolve)
                      .forEach(Stage::killWrittenDown));
        }
      }
    }
  }

  private static void killWrittenDown(Path file) {
    try {
      long pid = Long.parseLong(Files.readString(file).split(" ", 2)[0].strip());
      ProcessHandle.of(pid)
          .filter(process -> process.info().commandLine().orElse("").contains("sh"))
          .ifPresent(ProcessHandle::destroyForcibly);
    } catch (IOException | NumberFormatException nobody) {
      return;
    }
  }

  /** Deletes it with all that is in it; what is left of a target may be doing the same. */
  private static void delete(File directory) {
    for (File file : within(directory)) {
      if (file.isDirectory() && !Files.isSymbolicLink(file.toPath())) {
        delete(file);
      } else {
        var unused = file.delete();
      }
    }
    var unused = directory.delete();
  }

  private static List<File> within(File directory) {
    File[] files = directory.listFiles();
    return files == null ? List.of() : List.of(files);
  }

  /** All plain files of the node and its targets that are there now. */
  List<Path> files() {
    var found = new ArrayList<Path>();
    var due = new ArrayDeque<>(within(directory.toFile()));
    while (!due.isEmpty()) {
      File next = due.pop();
      due.addAll(within(next));
      if (Files.isRegularFile(next.toPath())) {
        found.add(next.toPath());
      }
    }
    return found;
  }

  private static void append(Path file, String text) {
    try {
      Files.writeString(file, text, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
