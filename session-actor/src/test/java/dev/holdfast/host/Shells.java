package dev.holdfast.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The shells of this machine that the host script is tested with. */
final class Shells {

  /**
   * Who runs the host and who runs the jobs.
   *
   * @param supervisor the command that runs the script
   * @param worker the session's shell, as {@code shell=} names it
   */
  record Pair(List<String> supervisor, String worker) {

    /** Whether this worker keeps its state after a job that ended the shell. */
    boolean keepsState() {
      return worker.equals("dash") || worker.equals("bash");
    }

    @Override
    public String toString() {
      return String.join(" ", supervisor) + " with " + worker;
    }
  }

  private static final List<Pair> WANTED =
      List.of(
          pair("dash", "dash"),
          pair("bash", "bash"),
          pair("busybox sh", "busybox"),
          pair("mksh", "mksh"),
          pair("busybox sh", "bash"),
          pair("mksh", "dash"));

  private Shells() {}

  /** The pairs whose shells are here; says in one line which are skipped. */
  static Stream<Pair> pairs() {
    return WANTED.stream().filter(Shells::isHere);
  }

  /** Whatever {@code sh} is. */
  static Pair plain() {
    return pair("sh", "sh");
  }

  static Optional<Path> find(String program) {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .filter(dir -> !dir.isEmpty())
        .map(dir -> Path.of(dir, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static boolean isHere(Pair pair) {
    for (String shell : List.of(pair.supervisor().get(0), pair.worker())) {
      if (find(shell).isEmpty()) {
        System.out.println("skipped: " + pair + ", because there is no " + shell + " here");
        return false;
      }
    }
    return true;
  }

  private static Pair pair(String supervisor, String worker) {
    return new Pair(List.of(supervisor.split(" ", -1)), worker);
  }
}
