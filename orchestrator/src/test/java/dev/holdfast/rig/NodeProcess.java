package dev.holdfast.rig;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A real node as a process of its own, on this JVM's class path. It can be killed with -9 and
 * started again on the same data.
 */
public final class NodeProcess implements AutoCloseable {

  private static final long READY_SECONDS = 300;
  private static final int LAST_LINES = 200;
  private static final List<String> SMALL =
      List.of("-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final Path data;
  private final Path log;
  private final List<String> options;
  private final List<String> arguments;
  private final Map<String, String> environment;
  private final List<Path> before;
  private final List<String> entrance;
  private final List<String> address;
  private volatile Process process;

  /**
   * A small node that is not started yet: one that starts quickly, for runs that kill it often.
   *
   * @param data its data directory
   * @param log where it prints
   * @param options more options of the JVM, such as {@code -Dholdfast.ssh...}
   */
  public NodeProcess(Path data, Path log, List<String> options) {
    this(data, log, small(options), List.of(), Map.of());
  }

  /**
   * A node that is not started yet.
   *
   * @param data its data directory
   * @param log where it prints
   * @param options all options of the JVM but the class path
   * @param arguments more arguments of {@code holdfast server}, such as {@code --config FILE}
   * @param environment what its environment has besides ours, or instead of it
   */
  public NodeProcess(
      Path data,
      Path log,
      List<String> options,
      List<String> arguments,
      Map<String, String> environment) {
    this(data, log, options, arguments, environment, List.of());
  }

  /**
   * The same, with something before everything else on the class path: that is how a test breaks a
   * node.
   */
  public NodeProcess(
      Path data,
      Path log,
      List<String> options,
      List<String> arguments,
      Map<String, String> environment,
      List<Path> before) {
    this(data, log, options, arguments, environment, before, List.of(), List.of("--port", "0"));
  }

  private NodeProcess(
      Path data,
      Path log,
      List<String> options,
      List<String> arguments,
      Map<String, String> environment,
      List<Path> before,
      List<String> entrance,
      List<String> address) {
    this.data = data;
    this.log = log;
    this.options = List.copyOf(options);
    this.arguments = List.copyOf(arguments);
    this.environment = Map.copyOf(environment);
    this.before = List.copyOf(before);
    this.entrance = List.copyOf(entrance);
    this.address = List.copyOf(address);
  }

  /**
   * The same, not started, at an address of its own.
   *
   * @param within what its command begins with: a program that becomes the node, such as {@code ip
   *     netns exec NAME}
   * @param port where it listens, also after it was started again
   */
  public NodeProcess at(List<String> within, String host, int port) {
    var listening = List.of("--host", host, "--port", Integer.toString(port));
    return new NodeProcess(data, log, options, arguments, environment, before, within, listening);
  }

  /** Options of a JVM that starts quickly, and more of them. */
  public static List<String> small(List<String> more) {
    return Stream.concat(SMALL.stream(), more.stream()).toList();
  }

  /** Starts it and waits until it is ready. */
  public void start() throws IOException, InterruptedException {
    launch();
    awaitReady();
  }

  /** Starts it, for those who do not expect that it becomes ready. */
  public void launch() throws IOException {
    Files.deleteIfExists(data.resolve("endpoint"));
    var command = new ArrayList<String>(entrance);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Where native libraries are unpacked.
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), "dev.holdfast.cli.Main", "server"));
    command.addAll(List.of("--data-dir", data.toString()));
    command.addAll(address);
    command.addAll(arguments);
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    process = builder.start();
  }

  private String classPath() {
    return Stream.concat(
            before.stream().map(Path::toString), Stream.of(System.getProperty("java.class.path")))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private void awaitReady() throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (!Files.exists(data.resolve("endpoint"))) {
      if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
        throw new IOException("the node ended with " + process.exitValue() + lastWords());
      }
      if (System.nanoTime() > until) {
        signal("QUIT");
        process.waitFor(2, TimeUnit.SECONDS);
        throw new IOException("not ready in " + READY_SECONDS + " s" + lastWords());
      }
    }
  }

  /** The end of what it has printed, for those who will not have its log. */
  private String lastWords() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()).stream()
        .collect(Collectors.joining("\n", "; it said last:\n", ""));
  }

  /** SIGTERM, and the wait for its end: what an operator does. */
  public void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(READY_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the node does not stop; see " + log);
    }
  }

  /** SIGSTOP: it stands still, and holds everything it has. */
  public void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** SIGCONT: it goes on as if nothing had been. */
  public void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** Waits until it has ended by itself; returns its exit code. */
  public int awaitEnd() throws InterruptedException {
    if (!process.waitFor(READY_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the node does not end; see " + log);
    }
    return process.exitValue();
  }

  /** SIGKILL, and the wait for its end. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Its data directory. */
  public Path data() {
    return data;
  }

  /** Everything it has printed. */
  public String said() throws IOException {
    return Files.readString(log);
  }

  /** Where it listens. */
  public URI endpoint() throws IOException {
    return URI.create(Files.readString(data.resolve("endpoint")).strip());
  }

  /** The token of its first client. */
  public String token() throws IOException {
    return Files.readString(data.resolve("token")).strip();
  }

  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** How it ended the last time, for people. */
  public String lastEnd() {
    return process.isAlive() ? "has not ended" : "ended with " + process.exitValue();
  }

  public long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    if (process != null && process.isAlive()) {
      process.destroy();
      try {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
