package dev.holdfast.chaos;

import dev.holdfast.cassandra.Seat;
import dev.holdfast.chaos.Evidence.Ticket;
import dev.holdfast.fixture.OpenSsh;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.fixture.SshKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Where the sessions live: this machine, and an SSH server on it (OpenSSH's where it is installed,
 * else the tests'). All keep their sessions below the scratch directory, so what is on the targets
 * can be read directly.
 */
final class Targets implements AutoCloseable {

  static final String PARTY = "targets";

  private final Path scratch;
  private final Path boot;
  private final Path identity;
  private final Path knownHosts;
  private final String place;
  private final Optional<OpenSsh> openSsh;
  private final Optional<SshHost> fixture;

  Targets(Path scratch, Network network) throws IOException {
    this.scratch = scratch;
    Seat seat = network.seat(PARTY);
    this.boot = scratch.resolve("boot");
    nextBoot();
    var key = SshKeys.ed25519();
    this.identity = SshKeys.write(key, scratch.resolve("id_ed25519"));
    this.openSsh =
        OpenSsh.startAt(
            seat.entrance(),
            seat.address(),
            scratch.resolve("sshd"),
            "SetEnv HOLDFAST_BOOT_ID_FILE=" + boot);
    openSsh.ifPresent(host -> host.authorize(identity));
    this.fixture =
        openSsh.isPresent()
            ? Optional.empty()
            : Optional.of(SshHost.start(environment()).accept(key.getPublic()));
    int port = openSsh.map(OpenSsh::port).orElseGet(() -> fixture.orElseThrow().port());
    network.lead(PARTY, port);
    this.place = seat.told() + ":" + port;
    String known =
        openSsh
            .map(host -> host.knownHostsLine("ed25519"))
            .orElseGet(() -> fixture.orElseThrow().knownHostsLine());
    this.knownHosts =
        Files.writeString(
            scratch.resolve("known_hosts"),
            known.replaceFirst("^\\S+", "[" + seat.told() + "]:" + port));
  }

  /** Where session number n lives. */
  String of(int number) {
    return number % 2 == 0 ? "local:" : "ssh://" + System.getProperty("user.name") + "@" + place;
  }

  /** What a node is told about them. */
  String configuration() {
    return """
    holdfast.host { local-root = "%s", ssh-root = "%s" }
    holdfast.ssh {
      config-file = "", agent-socket = "", known-hosts = ["%s"], identities = ["%s"]
    }
    """
        .formatted(near(), far(), knownHosts, identity);
  }

  /** What a node has in its environment because of them. */
  Map<String, String> environment() {
    return Map.of("HOLDFAST_BOOT_ID_FILE", boot.toString());
  }

  Path near() {
    return scratch.resolve("near");
  }

  Path far() {
    return scratch.resolve("far");
  }

  Optional<OpenSsh> sshd() {
    return openSsh;
  }

  /** They restart: nothing that ran there is left, and there is another boot id. */
  void reboot() throws IOException, InterruptedException {
    List<ProcessHandle> all = processes();
    // All at once: nobody may see the end of another.
    for (ProcessHandle process : all) {
      new ProcessBuilder("kill", "-STOP", Long.toString(process.pid()))
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    }
    nextBoot();
    all.forEach(ProcessHandle::destroyForcibly);
    processes().forEach(ProcessHandle::destroyForcibly);
  }

  private void nextBoot() throws IOException {
    Files.writeString(boot, UUID.randomUUID() + "\n");
  }

  /** The hosts' processes, and those that their jobs have left. */
  private List<ProcessHandle> processes() {
    return ProcessHandle.allProcesses().filter(it -> isHost(it.pid())).toList();
  }

  private boolean isHost(long pid) {
    String command = read(pid, "cmdline");
    return Stream.of(near(), far())
        .anyMatch(root -> command.contains(root + "/host-") || command.contains(root + "/s/"));
  }

  private static String read(long pid, String file) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/" + file), StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }

  // ---- what is on them

  /** The epochs of the links that hold sessions now, by the ids of the sessions. */
  Map<String, Set<String>> owners() {
    var owners = new TreeMap<String, Set<String>>();
    for (ProcessHandle process : processes()) {
      String[] words = read(process.pid(), "cmdline").split("\0", -1);
      for (int i = 0; i + 3 < words.length; i++) {
        if (words[i].equals("attach") && words[i + 2].contains(".")) {
          String session = words[i + 2].substring(0, words[i + 2].indexOf('.'));
          owners.computeIfAbsent(session, it -> new TreeSet<>()).add(words[i + 3]);
        }
      }
    }
    return owners;
  }

  /** The epoch of the last owner of a session. */
  long epoch(String session) {
    return directories(session).stream().mapToLong(Targets::epochIn).max().orElse(0);
  }

  private static long epochIn(Path directory) {
    try {
      return Long.parseLong(Files.readString(directory.resolve("epoch")).strip());
    } catch (IOException none) {
      return 0;
    }
  }

  /** The tickets of a session, by the numbers of their jobs. */
  Map<Integer, Ticket> tickets(String session) {
    var tickets = new TreeMap<Integer, Ticket>();
    for (Path directory : directories(session)) {
      for (Path file : list(directory.resolve("j"))) {
        String name = file.getFileName().toString();
        if (name.endsWith(".ticket")) {
          String[] words = firstLine(file).split(" ", -1);
          String job = name.substring(0, name.length() - ".ticket".length());
          int number = Integer.parseInt(job.substring(job.lastIndexOf('.') + 1));
          tickets.put(
              number, new Ticket(words[0].equals("void"), Long.parseLong(words[words.length - 1])));
        }
      }
    }
    return tickets;
  }

  private List<Path> directories(String session) {
    return Stream.of(near(), far())
        .flatMap(root -> list(root.resolve("s")).stream())
        .filter(path -> path.getFileName().toString().startsWith(session + "."))
        .toList();
  }

  private static String firstLine(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What of sessions that were removed is still there, in words. */
  List<String> left() {
    var left = new ArrayList<String>();
    for (ProcessHandle process : processes()) {
      left.add("process " + read(process.pid(), "cmdline").replace('\0', ' '));
    }
    for (Path root : List.of(near(), far())) {
      list(root.resolve("s")).stream()
          .filter(this::isOfThisBoot)
          .forEach(path -> left.add("directory " + path));
    }
    ProcessHandle.allProcesses()
        .filter(process -> isOfAJob(process.pid()))
        .forEach(process -> left.add("a job's process " + read(process.pid(), "cmdline")));
    return left;
  }

  /** What a session left before a reboot, and was repaired since, waits for the sweep. */
  private boolean isOfThisBoot(Path directory) {
    try {
      String now = Files.readString(boot).strip();
      return Files.readString(directory.resolve("owner")).strip().endsWith(now);
    } catch (IOException none) {
      return true;
    }
  }

  /** Its environment has a job's mark, and this run's boot file. */
  private boolean isOfAJob(long pid) {
    String environment = read(pid, "environ");
    return environment.contains("HOLDFAST_JOB=") && environment.contains(boot.toString());
  }

  @Override
  public void close() {
    openSsh.ifPresent(OpenSsh::close);
    fixture.ifPresent(SshHost::close);
    processes().forEach(ProcessHandle::destroyForcibly);
  }
}
