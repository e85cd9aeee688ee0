package dev.holdfast.cli;

import com.google.protobuf.Timestamp;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListEventsRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options {@code --since} and {@code --until}. */
final class Span {

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description =
          "Only what happened then or later: a time such as 2026-11-30T08:00:00Z, a day (it begins at"
              + " midnight UTC), or how long ago, such as 90s, 24h, 7d.")
  String since = "";

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "Only what happened before that time.")
  String until = "";

  void to(ListEventsRequest.Builder wanted, Instant now) {
    time(since, "--since", now).map(Span::timestamp).ifPresent(wanted::setSince);
    time(until, "--until", now).map(Span::timestamp).ifPresent(wanted::setUntil);
  }

  boolean has(HistoryEntry entry, Instant now) {
    Instant at = Words.instant(entry.getAt());
    return time(since, "--since", now).map(from -> !at.isBefore(from)).orElse(true)
        && time(until, "--until", now).map(at::isBefore).orElse(true);
  }

  private static Optional<Instant> time(String text, String option, Instant now) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (text.matches("\\d{4}-\\d\\d-\\d\\d")) {
        return Optional.of(LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
      } else if (text.contains("T")) {
        return Optional.of(Instant.parse(text));
      }
      return Optional.of(now.minus(Durations.parse(text)));
    } catch (DateTimeException | TypeConversionException | ArithmeticException e) {
      throw Failed.usage(
          "'" + text + "' is no time for " + option,
          "write 2026-11-30T08:00:00Z, 2026-11-30, or how long ago: 90s, 24h, 7d");
    }
  }

  private static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
