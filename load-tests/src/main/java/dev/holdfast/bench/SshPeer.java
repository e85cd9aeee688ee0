package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * OpenSSH's client and the tools around it, as their users run them: as processes, whose output is
 * thrown away.
 */
final class SshPeer implements Peer {

  /** Which tool fans out, and whether connections are kept. */
  enum Way {
    /** {@code xargs -P50 ssh}, over connections that ControlMaster keeps. */
    CONTROL_MASTER("ssh, ControlMaster", "xargs", true),
    /** The same, with a new connection for each command. */
    FRESH("ssh, fresh", "xargs", false),
    CLUSH("clush, ControlMaster", "clush", true),
    PSSH("pssh, ControlMaster", "parallel-ssh", true);

    private final String title;
    private final String program;
    private final boolean kept;

    Way(String title, String program, boolean kept) {
      this.title = title;
      this.program = program;
      this.kept = kept;
    }

    /** Whether what it needs is on the PATH. */
    boolean isInstalled() {
      return Programs.find(program).isPresent() && Programs.find("ssh").isPresent();
    }
  }

  private static final String PARALLEL = "50";
  private static final int MOST_SECONDS = 600;

  private final Way way;
  private final SshTargets targets;
  private final ControlMasters masters;
  private final Path config;

  SshPeer(Way way, SshTargets targets, ControlMasters masters, Path scratch) throws IOException {
    this.way = way;
    this.targets = targets;
    this.masters = masters;
    this.config =
        Files.writeString(
            scratch.resolve("ssh-" + way + ".conf"),
            targets.clientConfig() + (way.kept ? masters.clientConfig() : "  ControlPath none\n"));
  }

  @Override
  public String name() {
    return way.title;
  }

  @Override
  public void roundTrip() throws IOException, InterruptedException {
    String host = targets.host(0);
    run(
        switch (way) {
          case CLUSH -> List.of("clush", "-S", "-q", "-o", "-F " + config, "-w", host, "true");
          case PSSH -> List.of("parallel-ssh", "-i", "-H", host, "-x", "-F " + config, "true");
          default -> ssh(host, "true");
        });
  }

  @Override
  public void fanOut(int hosts) throws IOException, InterruptedException {
    String file = targets.hostFile(hosts).toString();
    run(
        switch (way) {
          case CLUSH ->
              words(
                  "clush -S -q -f", PARALLEL, "-o", "-F " + config, "--hostfile", file, "uname -n");
          case PSSH ->
              words("parallel-ssh -i -p", PARALLEL, "-h", file, "-x", "-F " + config, "uname -n");
          default ->
              words(
                  "xargs -I{} -P",
                  PARALLEL,
                  "-a",
                  file,
                  "ssh",
                  "-F",
                  config + "",
                  "{}",
                  "uname -n");
        });
  }

  /** A command from words; the first argument is several. */
  private static List<String> words(String first, String... more) {
    return Stream.concat(Stream.of(first.split(" ", -1)), Stream.of(more)).toList();
  }

  /** The whole output of a command on the first host is read and thrown away. */
  void print(String command) throws IOException, InterruptedException {
    run(ssh(targets.host(0), command));
  }

  private List<String> ssh(String host, String command) {
    return List.of("ssh", "-F", config.toString(), host, command);
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(way.title + " took more than " + MOST_SECONDS + " s");
    }
    if (process.exitValue() != 0) {
      throw new IOException(way.title + " ended with " + process.exitValue() + ": " + command);
    }
  }

  @Override
  public double cpu() throws IOException {
    return Cpu.ofReapedChildren() + Cpu.of(masters.pids());
  }
}
