package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.Session;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Equal output is shown once, with the names of the sessions that gave it, largest group first. */
final class GroupReport implements Report {

  private final Surroundings around;
  private final Names names;
  private final Map<Output, List<String>> groups = new LinkedHashMap<>();
  private final List<Result> troubles = new ArrayList<>();

  GroupReport(Surroundings around, List<Session> sessions) {
    this.around = around;
    this.names = new Names(sessions);
  }

  /** What makes two outputs equal. */
  private record Output(ByteString out, ByteString err, boolean truncated) {}

  @Override
  public Sink sink(Session session) {
    return new Collected();
  }

  @Override
  public void result(Result result) {
    if (result.failed() == null) {
      var collected = result.output();
      groups
          .computeIfAbsent(
              new Output(collected.out(), collected.err(), collected.truncated()),
              output -> new ArrayList<>())
          .add(names.of(result));
    }
    if (!result.succeeded()) {
      troubles.add(result);
    }
  }

  @Override
  public void end() {
    groups.entrySet().stream()
        .sorted(Comparator.comparingInt(group -> -group.getValue().size()))
        .forEach(group -> show(group.getKey(), group.getValue()));
    troubles.forEach(result -> Ends.tell(around, names.of(result), result));
  }

  private void show(Output output, List<String> who) {
    around.line("---- " + String.join(", ", who) + " (" + who.size() + ") ----");
    around.write(wholeLines(output.out()));
    if (!output.err().isEmpty()) {
      around.writeError(wholeLines(output.err()));
    }
    if (output.truncated()) {
      around.say("holdfast: only the first 4 MiB are shown; holdfast receive JOB has the rest");
    }
  }

  private static byte[] wholeLines(ByteString bytes) {
    boolean whole = bytes.isEmpty() || bytes.byteAt(bytes.size() - 1) == '\n';
    return (whole ? bytes : bytes.concat(ByteString.copyFromUtf8("\n"))).toByteArray();
  }
}
