package dev.holdfast.chaos;

import dev.holdfast.protocol.v1.JobState;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that is known about a run after its end. The checker sees this and nothing else.
 *
 * @param calls what clients asked, and what they were told
 * @param left what is still there after everything was healed and removed, in words
 */
record Evidence(
    List<Call> calls, List<Kept> sessions, List<Span> faults, List<String> left, long millis) {

  Evidence {
    calls = List.copyOf(calls);
    sessions = List.copyOf(sessions);
    faults = List.copyOf(faults);
    left = List.copyOf(left);
  }

  /**
   * One session.
   *
   * @param works what was submitted, by name
   * @param seen what its client was told about each job in the end, in the order of submission
   * @param jobs what the nodes say about its jobs after the end
   * @param entries what the nodes say has happened
   * @param ledger what its jobs wrote on the target
   * @param tickets what stands on the tickets on the target, by the number of the job
   * @param epoch the last owner's, on the target
   * @param shared the longest time for which more than one link held it on the target, in ms
   */
  record Kept(
      int number,
      String id,
      String state,
      Map<String, Work> works,
      List<Seen> seen,
      List<JobEnd> jobs,
      List<Entry> entries,
      List<Ledger> ledger,
      Map<Integer, Ticket> tickets,
      long epoch,
      long shared) {}

  /**
   * How a job ended, as its client was told.
   *
   * @param trouble what is wrong with its output, or nothing
   * @param from when it was submitted
   * @param to when its end was known
   */
  record Seen(
      String name, String id, JobState state, int exitCode, String trouble, long from, long to) {}

  /** How a job ended, as the nodes say later. */
  record JobEnd(String id, String name, JobState state, int exitCode) {}

  /** One entry of a session's history. */
  record Entry(long number, String what, String job) {}

  /** One line of a ledger: {@code begin NAME COUNT} or {@code end NAME CODE}. */
  record Ledger(boolean begin, String name, int number) {

    static Ledger parse(String line) {
      String[] words = line.split(" ", -1);
      return new Ledger(words[0].equals("begin"), words[1], Integer.parseInt(words[2]));
    }
  }

  /** Who took a job's ticket, and for what. */
  record Ticket(boolean isVoid, long epoch) {}

  /**
   * A fault, from its beginning to when it was over and healed.
   *
   * @param settled when all nodes were up again
   */
  record Span(String kind, String what, long from, long to, long settled) {

    private static final Set<String> LOSES = Set.of("REBOOT", "TARGET_DISK_FULL");

    /** Whether shells and the outcomes of jobs may be lost by it. */
    boolean loses() {
      return LOSES.contains(kind);
    }

    /** Whether it is why nobody knows how a job ended. */
    boolean excuses(Seen seen) {
      return loses() && meets(seen);
    }

    /** Whether it is why a job could not print, and its shell complained of that in its place. */
    boolean silences(Seen seen) {
      return kind.equals("TARGET_DISK_FULL") && meets(seen);
    }

    private boolean meets(Seen seen) {
      return from <= seen.to() && seen.from() <= settled;
    }
  }
}
