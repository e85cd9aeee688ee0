package dev.holdfast.bench;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.transport.Target;
import dev.holdfast.transport.ssh.SshSettings;
import dev.holdfast.transport.ssh.SshTransport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM that holds SSH connections as a node does, signed in and idle, and nothing else: what a
 * session costs is measured beyond these. It reads targets, one a line, and answers an empty line
 * by the number of its connections when all of them are up.
 */
final class BareConnections implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofMinutes(10);

  private final SshTargets targets;
  private final Process process;
  private final BufferedReader answers;
  private int count;

  BareConnections(SshTargets targets, Path nodeConfig) throws IOException {
    this.targets = targets;
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx1g",
                Fleet.LOGGING,
                "-Dconfig.file=" + nodeConfig,
                "-cp",
                System.getProperty("java.class.path"),
                BareConnections.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    answers = process.inputReader();
  }

  long pid() {
    return process.pid();
  }

  /** Opens connections, one a host, until there are so many; some at once, as the node does. */
  void open(int wanted) throws IOException {
    var in = process.outputWriter();
    while (count < wanted) {
      int next = Math.min(wanted, count + Fleet.AT_ONCE);
      for (; count < next; count++) {
        in.write(targets.url(count) + "\n");
      }
      in.write("\n");
      in.flush();
      String answer = answers.readLine();
      if (!Integer.toString(count).equals(answer)) {
        throw new IOException(answer + " bare connections instead of " + count);
      }
    }
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }

  /** Opens a connection for each line, and answers at each empty one. */
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever else prints here must not be taken for an answer
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var held = new ArrayList<Object>();
    try (var transport = new SshTransport(SshSettings.from(ConfigFactory.load()))) {
      var asked = new ArrayList<Target>();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.isEmpty()) {
          held.addAll(connect(transport, asked));
          asked.clear();
          answers.println(held.size());
        } else {
          asked.add(Target.parse(line));
        }
      }
    }
  }

  private static List<Object> connect(SshTransport transport, List<Target> targets)
      throws Exception {
    var begun =
        targets.stream()
            .map(target -> transport.connect(target, DEADLINE).toCompletableFuture())
            .toList();
    var connections = new ArrayList<Object>();
    for (var one : begun) {
      connections.add(one.get(DEADLINE.toSeconds(), TimeUnit.SECONDS));
    }
    return connections;
  }
}
