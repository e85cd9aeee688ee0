package dev.holdfast.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The host script in a root directory of its own, run by real shells. Closing it ends every process
 * that names the root on its command line or bears a session's mark, by pid, and deletes the
 * directory.
 */
final class HostOnDisk implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(40);

  private static final AtomicInteger COUNT = new AtomicInteger();

  final Path dir;
  final Path root;
  final Path script;
  final Path bootId;
  final Shells.Pair shells;
  final String sid;
  final Map<String, String> environment = new HashMap<>();
  private final List<HostWire> wires = new ArrayList<>();
  private int processes;

  HostOnDisk(Shells.Pair shells) {
    this.shells = shells;
    try {
      dir = Files.createTempDirectory("holdfast-host");
      root = dir.resolve("state");
      script = dir.resolve("host.sh");
      bootId = dir.resolve("boot_id");
      try (InputStream text = HostOnDisk.class.getResourceAsStream("holdfast-host.sh")) {
        Files.copy(Objects.requireNonNull(text), script);
      }
      boot("first-boot");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sid = "t" + ProcessHandle.current().pid() + "x" + COUNT.incrementAndGet() + ".1";
    environment.put("HOLDFAST_BOOT_ID_FILE", bootId.toString());
  }

  /** Pretends that the machine was started anew. */
  void boot(String id) throws IOException {
    Files.writeString(bootId, id + "\n");
  }

  Path session() {
    return root.resolve("s").resolve(sid);
  }

  Path tombstone() {
    return root.resolve("t").resolve(sid);
  }

  Path job(String job, String suffix) {
    return session().resolve("j").resolve(job + suffix);
  }

  /** A file for the jobs to write to, outside of the root. */
  Path ledger() {
    return dir.resolve("ledger");
  }

  List<String> ledgerLines() throws IOException {
    return Files.exists(ledger()) ? Files.readAllLines(ledger()) : List.of();
  }

  /** Attaches, creating the session with the worker shell of this fixture if it is not there. */
  HostWire create(long epoch, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("attach", root.toString(), sid));
    words.addAll(List.of(Long.toString(epoch), "create", "shell=" + shells.worker()));
    words.addAll(List.of(options));
    return attach(words);
  }

  HostWire resume(long epoch) throws IOException {
    return attach(List.of("attach", root.toString(), sid, Long.toString(epoch), "resume"));
  }

  private HostWire attach(List<String> words) throws IOException {
    var wire = new HostWire(start(words));
    wires.add(wire);
    return wire;
  }

  /** Runs another command of the script; the words after the root and the session's id. */
  Process run(String verb, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of(verb, root.toString(), sid));
    all.addAll(List.of(words));
    return start(all);
  }

  Process start(List<String> words) throws IOException {
    List<String> command = new ArrayList<>(shells.supervisor());
    command.add(script.toString());
    command.addAll(words);
    var builder = new ProcessBuilder(command);
    builder.environment().remove("HOLDFAST_ROOT");
    builder.environment().putAll(environment);
    builder.redirectError(dir.resolve("stderr-" + ++processes).toFile());
    return builder.start();
  }

  /** What the process that was started last has printed on standard error so far. */
  String errors() {
    try {
      return Files.readString(dir.resolve("stderr-" + processes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a command of the script prints. */
  String output(Process process, byte[] input) throws IOException {
    try (var stdin = process.getOutputStream()) {
      stdin.write(input);
    } catch (IOException e) {
      // it has seen enough
    }
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  long ownerPid() throws IOException {
    return firstNumber("owner");
  }

  long workerPid() throws IOException {
    return firstNumber("worker");
  }

  private long firstNumber(String file) throws IOException {
    return Long.parseLong(Files.readString(session().resolve(file)).split(" ", -1)[0]);
  }

  void killSupervisor() throws IOException {
    kill(ownerPid());
  }

  static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    eventually("process " + pid + " is gone", () -> !isAlive(pid));
  }

  /** Whether a process runs; one that is dead and not yet collected does not. */
  static boolean isAlive(long pid) {
    try {
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  /** The processes of this fixture: those that name its directory, or bear its session's mark. */
  List<Long> processes() {
    var found = new ArrayList<Long>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        long pid = Long.parseLong(process.getFileName().toString());
        String named = text(process.resolve("cmdline")) + text(process.resolve("environ"));
        if (pid != ProcessHandle.current().pid()
            && (named.contains(dir.toString()) || named.contains("HOLDFAST_SESSION=" + sid))
            && isAlive(pid)) {
          found.add(pid);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /** The living processes whose command line holds some text. */
  List<Long> processes(String text) {
    return processes().stream()
        .filter(pid -> text(Path.of("/proc/" + pid + "/cmdline")).replace('\0', ' ').contains(text))
        .toList();
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  /** Waits until something is true; asks now and then, because a file system cannot call back. */
  static void eventually(String what, BooleanSupplier isTrue) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!isTrue.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + PATIENCE + ": " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  @Override
  public void close() throws IOException {
    wires.forEach(HostWire::cut);
    for (int round = 0; round < 50; round++) {
      List<Long> left = processes();
      if (left.isEmpty()) {
        break;
      }
      left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    delete(dir);
  }

  private static void delete(Path dir) throws IOException {
    Files.walkFileTree(
        dir,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failed)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
