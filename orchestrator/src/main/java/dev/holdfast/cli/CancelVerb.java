package dev.holdfast.cli;

import dev.holdfast.protocol.v1.CancelJobRequest;
import dev.holdfast.protocol.v1.Job;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "cancel",
    header = "Cancel jobs.",
    description = {
      "A job that waits is taken out of the queue. A running one gets TERM, and KILL after the grace,"
          + " with every process that it started. One that has ended stays as it is.",
      "Returns when the cancel is on its way; `holdfast wait JOB` waits for the end."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast cancel web1.3", "  holdfast cancel web1.3 --grace 1m"})
final class CancelVerb implements Callable<Integer> {

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "JOB",
      arity = "1..*",
      description =
          "SESSION.NUMBER, where SESSION may be the beginning of an id (4 characters or more) or a"
              + " name.")
  List<String> ids = new ArrayList<>();

  @Option(
      names = "--grace",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "Time between TERM and KILL, 0 to 1h. Default: 10s.")
  Duration grace = Duration.ofSeconds(10);

  CancelVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    var cancelled = new ArrayList<Job>();
    var code = new int[] {ExitCode.OK};
    try (var client = new Client(server, around)) {
      new Crowd(Crowd.USUAL)
          .run(
              ids,
              id -> cancel(client, id),
              outcome -> {
                code[0] = Math.max(code[0], outcome.exitCode());
                if (outcome.failed() == null) {
                  cancelled.add(outcome.value());
                } else {
                  var failure = outcome.failed().failure();
                  around.complain(outcome.item() + ": " + failure.getCause(), failure.getAdvice());
                }
              });
    }
    new Rows(around, format).jobs(cancelled);
    return code[0];
  }

  private Job cancel(Client client, String id) {
    var request =
        CancelJobRequest.newBuilder()
            .setId(id)
            .setGrace(Durations.proto(grace))
            .setKey(Client.key(null))
            .build();
    return client.jobs(jobs -> jobs.cancelJob(request));
  }
}
