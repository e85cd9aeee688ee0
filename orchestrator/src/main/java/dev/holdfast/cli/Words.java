package dev.holdfast.cli;

import com.google.protobuf.Timestamp;
import dev.holdfast.protocol.v1.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How values are written for people. */
final class Words {

  private Words() {}

  /** {@code NEVER_STARTED} as {@code NeverStarted}. */
  static String of(Enum<?> value) {
    var text = new StringBuilder();
    for (String part : value.name().split("_", -1)) {
      text.append(part.charAt(0)).append(part.substring(1).toLowerCase(Locale.ROOT));
    }
    return text.toString();
  }

  /** The state, with its reason if it has one: {@code Disconnected (link-lost)}. */
  static String state(Session session) {
    var state = of(session.getState());
    return session.getReason().isEmpty() ? state : state + " (" + session.getReason() + ")";
  }

  /**
   * Text that came from elsewhere, so that it stays on its line and cannot steer a terminal:
   * control characters are written as {@code \n}, {@code \t} or {@code \x1b}.
   */
  static String printable(String text) {
    if (text.codePoints().noneMatch(Words::steers)) {
      return text;
    }
    var safe = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\n') {
                safe.append("\\n");
              } else if (c == '\t') {
                safe.append("\\t");
              } else if (steers(c)) {
                safe.append(String.format("\\x%02x", c));
              } else {
                safe.appendCodePoint(c);
              }
            });
    return safe.toString();
  }

  static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  /** ISO 8601 in UTC to the millisecond. */
  static String time(Timestamp time) {
    return Instant.ofEpochMilli(instant(time).toEpochMilli()).toString();
  }

  static Duration span(com.google.protobuf.Duration span) {
    return Duration.ofSeconds(span.getSeconds(), span.getNanos());
  }

  static String labels(Map<String, String> labels) {
    return new TreeMap<>(labels)
        .entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining(","));
  }

  private static boolean steers(int c) {
    return Character.getType(c) == Character.CONTROL
        || Character.getType(c) == Character.FORMAT
        || c == 0x2028
        || c == 0x2029;
  }
}
