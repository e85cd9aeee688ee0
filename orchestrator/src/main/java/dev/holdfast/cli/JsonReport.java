package dev.holdfast.cli;

import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.Session;

/** One JSON object on a line for each session, with the collected output in it. */
record JsonReport(Surroundings around) implements Report {

  @Override
  public Sink sink(Session session) {
    return new Collected();
  }

  @Override
  public void result(Result result) {
    around.line(result.json());
  }
}
