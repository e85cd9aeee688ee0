package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.WaitJobRequest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "wait",
    header = "Wait for a job to end.",
    description = {
      "Waits until the job has ended, prints it, and ends with its exit code.",
      "When --timeout is over first, ends with 124; the job runs on."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast wait k3v9x2m4q7pd.3", "  holdfast wait web1.3 --timeout 10m"})
final class WaitVerb implements Callable<Integer> {

  private static final Duration LONGEST_CALL = Duration.ofSeconds(60);

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "JOB",
      description =
          "SESSION.NUMBER, where SESSION may be the beginning of an id (4 characters or more) or a"
              + " name.")
  String id;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "How long to wait; 0 only looks. Default: as long as it takes.")
  Duration timeout;

  WaitVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    try (var client = new Client(server, around)) {
      var job = waited(client);
      new Rows(around, format).jobs(List.of(job));
      if (ExitCode.ended(job)) {
        return ExitCode.of(job);
      }
      around.complain(
          "job " + job.getId() + " is still " + Words.of(job.getState()).toLowerCase(Locale.ROOT),
          "it goes on; look again with `holdfast wait " + job.getId() + "`");
      return ExitCode.STILL_RUNNING;
    }
  }

  private Job waited(Client client) {
    long start = System.nanoTime();
    while (true) {
      var span = next(start);
      var request = WaitJobRequest.newBuilder().setId(id).setTimeout(Durations.proto(span)).build();
      var job = client.jobs(span.plusSeconds(60), jobs -> jobs.waitJob(request));
      if (ExitCode.ended(job) || (timeout != null && next(start).isZero())) {
        return job;
      }
    }
  }

  /** How long to ask the server to wait now. */
  private Duration next(long start) {
    if (timeout == null) {
      return LONGEST_CALL;
    }
    var left = timeout.minusNanos(System.nanoTime() - start);
    if (left.isNegative()) {
      return Duration.ZERO;
    }
    return left.compareTo(LONGEST_CALL) < 0 ? left : LONGEST_CALL;
  }
}
