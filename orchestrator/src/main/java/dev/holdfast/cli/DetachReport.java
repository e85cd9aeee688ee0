package dev.holdfast.cli;

import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.Session;
import java.util.ArrayList;
import java.util.List;

/** Jobs that were queued and are left alone: their ids and places. */
final class DetachReport implements Report {

  private final Surroundings around;
  private final Format format;
  private final List<Job> queued = new ArrayList<>();

  DetachReport(Surroundings around, Format format) {
    this.around = around;
    this.format = format;
  }

  @Override
  public Sink sink(Session session) {
    return new Collected();
  }

  @Override
  public void result(Result result) {
    if (format.json()) {
      around.line(result.json());
    } else if (result.failed() != null) {
      Ends.tell(around, result.name(), result);
    } else {
      queued.add(result.job());
    }
  }

  @Override
  public void end() {
    new Rows(around, format).jobs(queued);
  }
}
