package dev.holdfast.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * OpenSSH's client and the tools around it, as their users run them: as processes, with files for
 * their output.
 */
final class SshPeer implements Peer {

  /** Which tool fans out, and whether connections are kept. */
  enum Way {
    /** {@code xargs -P50 ssh}, over connections that ControlMaster keeps. */
    CONTROL_MASTER("ssh, ControlMaster", true),
    FRESH("ssh, fresh", false),
    CLUSH("clush, ControlMaster", true),
    PSSH("pssh, ControlMaster", true);

    private final String title;
    private final boolean kept;

    Way(String title, boolean kept) {
      this.title = title;
      this.kept = kept;
    }
  }

  private static final int PARALLEL = 50;
  private static final int MOST_SECONDS = 300;

  private final Way way;
  private final SshTargets targets;
  private final Path config;
  private final Path sockets;

  SshPeer(Way way, SshTargets targets, Path scratch) throws IOException {
    this.way = way;
    this.targets = targets;
    this.sockets = Files.createTempDirectory("hf-cm-");
    this.config =
        Files.writeString(
            scratch.resolve("ssh-" + way + ".conf"), targets.clientConfig() + control(sockets));
    targets.writeHostFiles(scratch);
  }

  private String control(Path directory) {
    return way.kept
        ? "  ControlMaster auto%n  ControlPath %s/%%h%n  ControlPersist 600%n".formatted(directory)
        : "  ControlMaster no%n".formatted();
  }

  @Override
  public String name() {
    return way.title;
  }

  @Override
  public void roundTrip() throws IOException, InterruptedException {
    run(List.of("ssh", "-F", config.toString(), targets.host(0), "true"));
  }

  @Override
  public void fanOut(int hosts) throws IOException, InterruptedException {
    String file = targets.hostFile(hosts).toString();
    switch (way) {
      case CLUSH ->
          run(
              List.of(
                  "clush",
                  "-q",
                  "-f",
                  "" + PARALLEL,
                  "-o",
                  "-F " + config,
                  "--hostfile",
                  file,
                  "uname -n"));
      case PSSH ->
          run(
              List.of(
                  "parallel-ssh",
                  "-i",
                  "-p",
                  "" + PARALLEL,
                  "-h",
                  file,
                  "-x",
                  "-F " + config,
                  "uname -n"));
      default ->
          run(
              List.of(
                  "xargs",
                  "-a",
                  file,
                  "-P",
                  "" + PARALLEL,
                  "-I{}",
                  "ssh",
                  "-F",
                  config.toString(),
                  "{}",
                  "uname -n"));
    }
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
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
    return Cpu.ofReapedChildren() + Cpu.of(masters());
  }

  /** The processes that hold the kept connections; their titles name the sockets. */
  private List<Long> masters() throws IOException {
    var found = new ArrayList<Long>();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      for (Path process : all.filter(p -> p.getFileName().toString().matches("[0-9]+")).toList()) {
        if (title(process).startsWith("ssh: " + sockets)) {
          found.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    }
    return found;
  }

  private static String title(Path process) {
    try {
      return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  @Override
  public void close() throws IOException {
    masters().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy));
  }
}
