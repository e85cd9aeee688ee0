package dev.holdfast.api;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts failed sign-ins by address: {@value #MOST} in a minute, then more of them are told to
 * wait. A valid token is never made to wait. Remembers the last {@value #ADDRESSES} addresses.
 */
final class Attempts {

  static final int ADDRESSES = 4096;
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private final int most;
  private final Clock clock;
  private final Map<InetAddress, Window> windows =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Window> eldest) {
          return size() > ADDRESSES;
        }
      };

  private record Window(Instant until, int failures) {}

  Attempts(int most, Clock clock) {
    this.most = most;
    this.clock = clock;
  }

  /** Notes a failure, and says whether there were too many. */
  synchronized boolean tooMany(InetAddress address) {
    Instant now = clock.instant();
    Window window = windows.get(address);
    if (window == null || !now.isBefore(window.until())) {
      window = new Window(now.plus(WINDOW), 0);
    }
    Window next = new Window(window.until(), Math.min(window.failures() + 1, most + 1));
    windows.put(address, next);
    return next.failures() > most;
  }
}
