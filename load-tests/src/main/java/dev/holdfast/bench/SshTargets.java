package dev.holdfast.bench;

import dev.holdfast.fixture.OpenSsh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One sshd that is many hosts: each 127.x.y.z is a host of its own to every client, with one key
 * for all. What the account's profile does is left out, for all clients alike: the home directory
 * that sshd announces is an empty one.
 */
final class SshTargets implements AutoCloseable {

  private static final int PER_NET = 250;

  private final OpenSsh sshd;
  private final Path scratch;

  private SshTargets(OpenSsh sshd, Path scratch) {
    this.sshd = sshd;
    this.scratch = scratch;
  }

  static SshTargets start(Path scratch) throws IOException {
    Path home = Files.createDirectories(scratch.resolve("home"));
    OpenSsh sshd =
        OpenSsh.startOnEveryAddress(
                scratch.resolve("sshd"), "LogLevel ERROR", "MaxSessions 100", "SetEnv HOME=" + home)
            .orElseThrow(() -> new IOException("the bench needs sshd: install openssh-server"));
    var targets = new SshTargets(sshd, scratch);
    Files.writeString(targets.knownHosts(), targets.hostKey());
    return targets;
  }

  /** The address of a host, the first has number 0. */
  String host(int number) {
    return "127.%d.%d.%d"
        .formatted(
            1 + number / PER_NET / PER_NET, number / PER_NET % PER_NET, 1 + number % PER_NET);
  }

  /** The host as a Holdfast target. */
  String url(int number) {
    return "ssh://" + OpenSsh.user() + "@" + host(number) + ":" + port();
  }

  int port() {
    return sshd.port();
  }

  Path identity() {
    return Path.of(sshd.file("client_ed25519"));
  }

  Path knownHosts() {
    return scratch.resolve("known_hosts");
  }

  private String hostKey() {
    return "[127.*]:" + port() + " " + sshd.read("host_ed25519.pub");
  }

  /** Settings of OpenSSH's client for all hosts; lines for the same hosts may follow. */
  String clientConfig() {
    return """
        Host 127.*
          User %s
          Port %d
          IdentityFile %s
          IdentitiesOnly yes
          UserKnownHostsFile %s
          GlobalKnownHostsFile /dev/null
          StrictHostKeyChecking yes
          UpdateHostKeys no
          BatchMode yes
          LogLevel ERROR
        """
        .formatted(OpenSsh.user(), port(), identity(), knownHosts());
  }

  /** A file with the first hosts, one a line. */
  Path hostFile(int hosts) throws IOException {
    Path file = scratch.resolve("hosts-" + hosts);
    if (!Files.exists(file)) {
      Files.writeString(
          file,
          IntStream.range(0, hosts)
              .mapToObj(this::host)
              .collect(Collectors.joining("\n", "", "\n")));
    }
    return file;
  }

  /** How many connections are up, from whomever. */
  long connections() {
    return sshd.connectionCount();
  }

  @Override
  public void close() {
    sshd.close();
  }
}
