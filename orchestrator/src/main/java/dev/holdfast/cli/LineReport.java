package dev.holdfast.cli;

import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.Session;
import java.util.List;

/** Several sessions: lines as they come, each behind the name of its session. */
final class LineReport implements Report {

  private final Surroundings around;
  private final Names names;

  LineReport(Surroundings around, List<Session> sessions) {
    this.around = around;
    this.names = new Names(sessions);
  }

  @Override
  public Sink sink(Session session) {
    return new PrefixedSink(around, names.of(session));
  }

  @Override
  public void result(Result result) {
    Ends.tell(around, names.of(result), result);
  }

  @Override
  public boolean quiet() {
    return !around.outSeen();
  }
}
