package dev.holdfast.api;

import com.google.protobuf.util.Durations;
import dev.holdfast.directory.Query;
import dev.holdfast.transport.Target;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * Checks of request fields; the ranges are those in the comments of the {@code .proto} files. What
 * does not hold is a {@link Refusal} of kind {@code invalid} that names the field.
 */
final class Fields {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern SHELL = Pattern.compile("[A-Za-z0-9_./+][A-Za-z0-9_./+-]{0,254}");
  private static final int LABELS = 64;
  private static final int LABEL_KEY = 63;
  private static final int LABEL_VALUE = 255;
  private static final int KEY = 128;
  private static final int SELECTOR = 400;

  private Fields() {}

  static void check(boolean holds, String field, String why) {
    if (!holds) {
      throw Refusal.invalid(field, why);
    }
  }

  static Target target(String text) {
    check(!text.isEmpty(), "target", "is missing");
    try {
      return Target.parse(text);
    } catch (IllegalArgumentException e) {
      throw Refusal.of(
          Kind.BAD_TARGET, e.getMessage(), "write it as ssh://user@host:port, host, or local:");
    }
  }

  static String name(String text, Target target) {
    if (text.isEmpty()) {
      String host = target.scheme().equals("local") ? "local" : target.host();
      String fitting = host.replaceAll("[^A-Za-z0-9._-]", "-");
      return fitting.length() > 64 ? fitting.substring(0, 64) : fitting;
    }
    check(NAME.matcher(text).matches(), "name", "must be 1-64 characters of A-Z a-z 0-9 . _ -");
    return text;
  }

  static Map<String, String> labels(Map<String, String> labels) {
    check(labels.size() <= LABELS, "labels", "may be at most " + LABELS);
    labels.forEach(
        (key, value) -> {
          check(!key.equals(Query.BESIDE), "labels", "cannot have the key '" + Query.BESIDE + "'");
          check(
              !key.isEmpty() && key.length() <= LABEL_KEY && key.indexOf('=') < 0 && printable(key),
              "labels",
              "must have keys of 1-" + LABEL_KEY + " printable characters without '='");
          check(
              value.length() <= LABEL_VALUE && printable(value),
              "labels",
              "must have values of at most " + LABEL_VALUE + " printable characters");
        });
    return labels;
  }

  static String shell(String text) {
    if (text.isEmpty()) {
      return "sh";
    }
    check(
        SHELL.matcher(text).matches() && (text.indexOf('/') < 0 || text.startsWith("/")),
        "shell",
        "must be a name or an absolute path of letters, digits and . _ / + -");
    return text;
  }

  /** An idempotency key; empty when there is none. */
  static Optional<String> key(String text) {
    check(text.length() <= KEY && printable(text), "key", "must be 1-128 printable characters");
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  static String selector(String field, String text) {
    check(!text.isEmpty(), field, "is missing");
    check(text.length() <= SELECTOR && printable(text), field, "is no id, name or label");
    return text;
  }

  /** A duration in its range, or the default when it is not given. */
  static Duration duration(
      String field,
      BooleanSupplier given,
      com.google.protobuf.Duration value,
      Duration usual,
      Duration least,
      Duration most) {
    if (!given.getAsBoolean()) {
      return usual;
    }
    check(Durations.isValid(value), field, "is no duration");
    Duration duration = Duration.ofSeconds(value.getSeconds(), value.getNanos());
    check(
        duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0,
        field,
        "must be from " + shown(least) + " to " + shown(most));
    return duration;
  }

  static String shown(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds >= 86_400 && seconds % 86_400 == 0) {
      return seconds / 86_400 + " d";
    }
    return seconds >= 60 && seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " s";
  }

  static int pageSize(int size) {
    check(size >= 0 && size <= 1000, "page_size", "must be from 1 to 1000");
    return size == 0 ? 100 : size;
  }

  static boolean printable(String text) {
    return text.codePoints().noneMatch(Character::isISOControl);
  }
}
