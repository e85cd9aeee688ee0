package dev.holdfast.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "play",
    header = "Play a recording of a terminal.",
    description = {
      "Shows an asciicast v2 file, such as `holdfast enter --record` writes, as it was seen then.",
      "No server is asked."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast play incident.cast",
      "  holdfast play incident.cast --speed 4 --idle-limit 2s"
    })
final class PlayVerb implements Callable<Integer> {

  /** Opened by nobody: time passes. */
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private final Surroundings around;

  @Parameters(paramLabel = "FILE", description = "The recording.")
  Path file;

  @Option(
      names = "--speed",
      paramLabel = "FACTOR",
      description = "How many times as fast, above 0. Default: ${DEFAULT-VALUE}.")
  double speed = 1;

  @Option(
      names = "--idle-limit",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "The longest pause that is kept. Default: none.")
  Duration idleLimit;

  PlayVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    if (!(speed > 0)) {
      throw Failed.usage("a speed is above 0", "say --speed 2");
    }
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      checkHeader(lines.readLine());
      double at = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          at = event(parsed(line), at);
        }
      }
      return ExitCode.OK;
    } catch (InvalidProtocolBufferException e) {
      throw notOne();
    } catch (IOException e) {
      throw Failed.refused(
          "unreadable", "the file " + file + " cannot be read", "check that it is a file");
    }
  }

  private void checkHeader(String line) throws InvalidProtocolBufferException {
    var header = Struct.newBuilder();
    JsonFormat.parser().merge(line == null ? "" : line, header);
    var version = header.getFieldsMap().get("version");
    if (version == null || version.getNumberValue() != 2) {
      throw notOne();
    }
  }

  private static ListValue parsed(String line) throws InvalidProtocolBufferException {
    var event = ListValue.newBuilder();
    JsonFormat.parser().merge(line, event);
    return event.build();
  }

  /** Shows what was seen, when it is time; returns when that was. */
  private double event(ListValue event, double before) {
    if (event.getValuesCount() != 3) {
      throw notOne();
    }
    double at = event.getValues(0).getNumberValue();
    if (event.getValues(1).getStringValue().equals("o")) {
      pause(at - before);
      around.write(event.getValues(2).getStringValue().getBytes(StandardCharsets.UTF_8));
      return at;
    }
    return before;
  }

  private void pause(double seconds) {
    double kept = idleLimit == null ? seconds : Math.min(seconds, idleLimit.toNanos() / 1e9);
    try {
      var unused = NEVER.await((long) (Math.max(0, kept) / speed * 1e9), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Failed notOne() {
    return Failed.refused(
        "unreadable",
        file + " is no recording (asciicast v2)",
        "give one that `enter --record` wrote");
  }
}
