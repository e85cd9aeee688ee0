package dev.holdfast.chaos;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Everything that was asked and done in a run, in memory and as lines of JSON in a file. */
final class History implements AutoCloseable {

  private final long zero = System.nanoTime();
  private final List<Call> calls = new ArrayList<>();
  private final PrintWriter file;

  History(Path file) throws IOException {
    this.file = new PrintWriter(Files.newBufferedWriter(file));
  }

  /** Milliseconds since the run began. */
  long now() {
    return (System.nanoTime() - zero) / 1_000_000;
  }

  synchronized void add(Call call) {
    calls.add(call);
    file.println(call.json());
  }

  /** What happened beside the calls: a fault, the end of a node. */
  synchronized void note(String what) {
    file.println("{\"at\":%d,\"note\":\"%s\"}".formatted(now(), what.replace('"', '\'')));
    file.flush();
  }

  synchronized List<Call> calls() {
    return List.copyOf(calls);
  }

  @Override
  public synchronized void close() {
    file.close();
  }
}
