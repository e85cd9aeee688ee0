package dev.holdfast.demo;

import com.google.protobuf.ByteString;
import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.OutputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The output of one job as it arrives, and when. */
final class Watched implements Sink {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<Long> arrivals = new ArrayList<>();
  private boolean whole = true;

  @Override
  public synchronized void take(OutputStream stream, ByteString bytes) {
    out.writeBytes(bytes.toByteArray());
    arrivals.add(System.nanoTime());
  }

  @Override
  public synchronized void lost(OutputStream stream, long bytes) {
    whole = false;
  }

  synchronized int lines() {
    return (int) text().lines().count();
  }

  /** How long nothing came, around a moment of {@link System#nanoTime}. */
  synchronized Duration silenceAround(long moment) {
    long before = arrivals.stream().filter(at -> at <= moment).max(Long::compare).orElse(moment);
    long after = arrivals.stream().filter(at -> at > moment).min(Long::compare).orElse(moment);
    return Duration.ofNanos(after - before);
  }

  /** Whether every byte of this arrived, once and in order, and nothing else. */
  synchronized boolean is(String expected) {
    return whole && text().equals(expected);
  }

  private String text() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
