package dev.holdfast.cli;

import dev.holdfast.protocol.v1.MoveJobRequest;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "move",
    header = "Move a waiting job in its queue.",
    description = "Puts a job that waits at another place in its session's queue.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast move web1.7 --to 1"})
final class MoveVerb implements Callable<Integer> {

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
      names = "--to",
      paramLabel = "N",
      required = true,
      description = "The new place, from 1; beyond the end means last.")
  int place;

  MoveVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    if (place < 1) {
      throw Failed.usage("there is no place " + place + " in a queue", "places count from 1");
    }
    try (var client = new Client(server, around)) {
      var request =
          MoveJobRequest.newBuilder().setId(id).setPosition(place).setKey(Client.key(null)).build();
      var moved = client.jobs(jobs -> jobs.moveJob(request));
      new Rows(around, format).jobs(List.of(moved));
      return ExitCode.OK;
    }
  }
}
