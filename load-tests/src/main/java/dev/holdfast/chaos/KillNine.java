package dev.holdfast.chaos;

import dev.holdfast.fixture.OpenSsh;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.fixture.SshKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/**
 * The command line of {@link KillNineRun}: {@code KillNine [--seed N] [--kills N] [--sessions N]
 * [--scratch DIR]}. The targets are, in turn, this machine, the tests' SSH server and, where it is
 * installed, OpenSSH's. Prints what was done and what was violated; exits with 1 if anything was.
 */
public final class KillNine {

  private KillNine() {}

  /** Runs it. */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    long seed = number(args, "--seed", 1);
    int kills = (int) number(args, "--kills", 60);
    int sessions = (int) number(args, "--sessions", 20);
    Optional<String> named = text(args, "--scratch");
    Path scratch =
        named.isPresent() ? Path.of(named.get()) : Files.createTempDirectory("holdfast-chaos-");
    System.out.printf("seed %d, %d kills, %d sessions, in %s%n", seed, kills, sessions, scratch);
    KillNineRun.Result result = run(seed, kills, sessions, scratch);
    System.out.printf(
        "%d kills, %d jobs, %d streams cut, %,d bytes of output, %d s%n",
        result.kills(),
        result.jobs(),
        result.cutFollows(),
        result.bytes(),
        result.took().toSeconds());
    result.violations().forEach(violation -> System.out.println("VIOLATION " + violation));
    System.out.println(
        result.violations().isEmpty()
            ? "no violations"
            : result.violations().size() + " violations");
    System.exit(result.violations().isEmpty() ? 0 : 1);
  }

  /** Runs it on targets of all kinds that this machine has. */
  static KillNineRun.Result run(long seed, int kills, int sessions, Path scratch)
      throws IOException, InterruptedException, ExecutionException {
    Files.createDirectories(scratch);
    var key = SshKeys.ed25519();
    Path identity = SshKeys.write(key, scratch.resolve("id_ed25519"));
    try (SshHost mina = SshHost.start().accept(key.getPublic());
        OpenSsh sshd = OpenSsh.start(scratch.resolve("sshd")).orElse(null)) {
      var kinds = new ArrayList<>(List.of("local:", mina.target().toString()));
      String known = mina.knownHostsLine();
      if (sshd != null) {
        sshd.authorize(identity);
        known += sshd.knownHostsLine("ed25519");
        kinds.add(sshd.target().toString());
      }
      Path knownHosts = Files.writeString(scratch.resolve("known_hosts"), known);
      var targets = new ArrayList<String>();
      for (int i = 0; i < sessions; i++) {
        targets.add(kinds.get(i % kinds.size()));
      }
      List<String> options =
          List.of(
              "-Dholdfast.ssh.config-file=",
              "-Dholdfast.ssh.agent-socket=",
              "-Dholdfast.ssh.identities.0=" + identity,
              "-Dholdfast.ssh.known-hosts.0=" + knownHosts,
              "-Dholdfast.host.local-root=" + scratch.resolve("near"),
              "-Dholdfast.host.ssh-root=" + scratch.resolve("far"));
      return new KillNineRun(new KillNineRun.Plan(seed, kills, targets, scratch, options)).run();
    }
  }

  private static long number(String[] args, String option, long otherwise) {
    return text(args, option).map(Long::parseLong).orElse(otherwise);
  }

  private static Optional<String> text(String[] args, String option) {
    int at = List.of(args).indexOf(option);
    return at >= 0 && at + 1 < args.length ? Optional.of(args[at + 1]) : Optional.empty();
  }
}
