package dev.holdfast.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The node of the demo: a process of its own, so that it can be killed. */
final class Node implements AutoCloseable {

  private static final int READY_SECONDS = 120;

  /** All nodes share a machine: one that is starved for a moment is not dead. */
  private static final String PATIENT =
      "-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=6s";

  private final Path data;
  private final Path config;
  private final Path log;
  private Process process;

  Node(Path data, Path config, Path log) {
    this.data = data;
    this.config = config;
    this.log = log;
  }

  void start() throws IOException, InterruptedException {
    Files.deleteIfExists(data.resolve("endpoint"));
    var command = new ArrayList<>(Terminal.program());
    command.addAll(
        List.of(
            "server", "--data-dir", data.toString(), "--port", "0", "--config", config.toString()));
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().merge("JDK_JAVA_OPTIONS", PATIENT, (theirs, ours) -> theirs + " " + ours);
    process = builder.start();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (!Files.exists(data.resolve("endpoint"))) {
      if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
        throw new IOException("the node ended by itself: " + Files.readString(log));
      }
      if (System.nanoTime() > until) {
        throw new IOException(
            "the node was not ready in " + READY_SECONDS + " s: " + Files.readString(log));
      }
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    if (process == null) {
      return;
    }
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
