package dev.holdfast.cli;

import dev.holdfast.client.CallFailed;
import dev.holdfast.client.CopyWatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * A line on standard error that shows how far all copies together are, how fast, and how long they
 * will take; only for somebody who watches, as with {@link Progress}.
 */
final class CopyProgress implements CopyWatch, AutoCloseable {

  private static final long PAUSE_NANOS = 200_000_000L;
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private final Surroundings around;
  private final boolean shown;
  private final long begun = System.nanoTime();
  private long total;
  private long done;
  private long sent;
  private long shownAt;

  CopyProgress(Surroundings around) {
    this.around = around;
    this.shown = around.errSeen() && around.env("NO_COLOR") == null;
  }

  @Override
  public boolean wantsTotal() {
    return shown;
  }

  @Override
  public synchronized void total(long bytes) {
    total += bytes;
  }

  @Override
  public synchronized void moved(long bytes, boolean there) {
    done += bytes;
    sent += there ? 0 : bytes;
    long now = System.nanoTime();
    if (shown && (now - shownAt > PAUSE_NANOS || done >= total)) {
      shownAt = now;
      show(line(done, Math.max(total, done), sent, Duration.ofNanos(now - begun)));
    }
  }

  @Override
  public synchronized void waits(CallFailed why) {
    hide();
    around.say("holdfast: " + why.failure().getCause() + "; trying again ... (Ctrl-C ends this)");
  }

  /** What there is to see after some time. */
  static String line(long done, long total, long sent, Duration after) {
    double seconds = after.toNanos() / 1e9;
    double rate = seconds > 0 ? sent / seconds : 0;
    String left =
        rate < 1 || done >= total
            ? ""
            : ", "
                + Durations.show(Duration.ofSeconds((long) ((total - done) / rate) + 1))
                + " left";
    long percent = total == 0 ? 100 : done * 100 / total;
    return size(done)
        + " of "
        + size(total)
        + ", "
        + percent
        + " %, "
        + size((long) rate)
        + "/s"
        + left;
  }

  private static String size(long bytes) {
    double size = bytes;
    int unit = 0;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
  }

  private void show(String text) {
    around.writeError(("\r\u001b[K" + text).getBytes(StandardCharsets.US_ASCII));
  }

  /** Takes the line away, for other text; the next change brings it back. */
  synchronized void hide() {
    if (shown && shownAt > 0) {
      show("");
    }
  }

  @Override
  public void close() {
    hide();
  }
}
