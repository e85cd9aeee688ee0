package dev.holdfast.host;

import dev.holdfast.transport.JobOrder;
import dev.holdfast.transport.Link;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** A link that never was: every call is ignored, as on any link that is down. */
record NoLink() implements Link {
  @Override
  public void start(JobOrder order) {}

  @Override
  public void settle(String job) {}

  @Override
  public void cancel(String job, Duration grace) {}

  @Override
  public void resize(String job, int columns, int rows) {}

  @Override
  public void input(String job, OptionalLong size) {}

  @Override
  public void read(String job, long out, long err) {}

  @Override
  public void cut(List<String> jobs) {}

  @Override
  public void end(Duration grace) {}

  @Override
  public void hangUp() {}
}
