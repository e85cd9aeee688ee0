package dev.holdfast.chaos;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.Job;
import java.util.List;

/**
 * What one client saw of its session: its jobs in the order of their submission, and how each
 * ended.
 *
 * @param number the session's number within the run
 */
record History(int number, List<Seen> jobs) {

  History {
    jobs = List.copyOf(jobs);
  }

  /** One job, as it was planned and as it was seen. */
  record Seen(Work work, Job job, ByteString out, ByteString err) {}

  long bytes() {
    return jobs.stream().mapToLong(seen -> seen.out().size() + seen.err().size()).sum();
  }
}
