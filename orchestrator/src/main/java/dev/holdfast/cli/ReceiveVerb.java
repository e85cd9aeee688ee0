package dev.holdfast.cli;

import dev.holdfast.client.Follow;
import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.OutputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "receive",
    header = "Read a job's output.",
    description = {
      "Prints the output of a job, byte for byte: its standard output to ours, its standard error to"
          + " ours. It can be read as often as wanted, from any machine.",
      "With --follow, goes on until the job has ended, and ends with the job's exit code."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast receive k3v9x2m4q7pd.3",
      "  holdfast receive web1.3 --follow",
      "  holdfast receive web1.3 --stream stdout --from 1048576 > rest.bin"
    })
final class ReceiveVerb implements Callable<Integer> {

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
      names = "--from",
      paramLabel = "N",
      converter = Sizes.class,
      description = "Byte of standard output to begin with. Default: 0.")
  long from;

  @Option(
      names = "--stderr-from",
      paramLabel = "N",
      converter = Sizes.class,
      description = "Byte of standard error to begin with. Default: 0.")
  long stderrFrom;

  @Option(names = "--follow", description = "Go on until the job has ended.")
  boolean follow;

  @Option(
      names = "--stream",
      paramLabel = "STREAM",
      description = "Only this stream, stdout or stderr; it goes to our standard output.")
  Stream stream;

  ReceiveVerb(Surroundings around) {
    this.around = around;
  }

  /** The streams a job has. */
  enum Stream {
    stdout,
    stderr;

    OutputStream onTheWire() {
      return this == stderr ? OutputStream.STDERR : OutputStream.STDOUT;
    }
  }

  @Override
  public Integer call() {
    try (var client = new Client(server, around)) {
      var job = client.jobs(jobs -> jobs.getJob(GetJobRequest.newBuilder().setId(id).build()));
      var sink = sink();
      var end = client.follow(job.getId(), from, stderrFrom, sink, output -> read(output, job));
      var result =
          new Result(
              job.getTarget(),
              job.getSession(),
              job.getSessionName(),
              end,
              null,
              sink instanceof Collected collected ? collected : null);
      if (format.json()) {
        around.line(result.json());
      } else if (follow) {
        Ends.tell(around, result);
      }
      return follow ? result.exitCode() : ExitCode.OK;
    }
  }

  private Job read(Follow output, Job job) {
    if (follow) {
      return Interrupt.during(
          () -> stream == null ? output.untilEnd() : output.untilEnd(stream.onTheWire()),
          () -> sayHowToComeBack(job));
    }
    if (stream != Stream.stderr) {
      output.now(OutputStream.STDOUT);
    }
    if (stream != Stream.stdout) {
      output.now(OutputStream.STDERR);
    }
    return job;
  }

  private void sayHowToComeBack(Job job) {
    around.say("");
    around.complain("job " + job.getId() + " goes on. To come back:", "");
    around.say("  holdfast receive " + job.getId() + " --follow");
  }

  private Sink sink() {
    if (format.json()) {
      return new Collected();
    }
    return stream == null ? new RawSink(around) : new OneStreamSink(around);
  }
}
