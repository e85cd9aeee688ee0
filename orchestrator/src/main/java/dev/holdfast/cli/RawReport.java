package dev.holdfast.cli;

import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.Session;

/** One session: its job's bytes as they are. */
record RawReport(Surroundings around) implements Report {

  @Override
  public Sink sink(Session session) {
    return new RawSink(around);
  }

  @Override
  public void result(Result result) {
    Ends.tell(around, result);
  }
}
