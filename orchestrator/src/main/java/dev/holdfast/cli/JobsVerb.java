package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.ListJobsRequest;
import dev.holdfast.protocol.v1.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "jobs",
    header = "List the jobs of sessions.",
    description =
        "Lists the jobs of each session: the running one, then those that wait with their places in"
            + " the queue, then those that have ended, newest first.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast jobs web1",
      "  holdfast jobs label:role=web --limit 5",
      "  holdfast jobs web1 --output json | jq 'select(.state == \"FAILED\")'"
    })
final class JobsVerb implements Callable<Integer> {

  private static final int LARGEST_PAGE = 1000;

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "SELECTOR",
      arity = "1..*",
      description =
          "An id, the beginning of one (4 characters or more), a name, or label:key=value.")
  List<String> selectors = new ArrayList<>();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many of each session; 0 for all. Default: ${DEFAULT-VALUE}.")
  int limit = 100;

  JobsVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    try (var client = new Client(server, around)) {
      var jobs = new ArrayList<Job>();
      for (Session session : new Selectors(client).all(selectors)) {
        jobs.addAll(of(client, session));
      }
      new Rows(around, format).jobs(jobs);
      return ExitCode.OK;
    }
  }

  private List<Job> of(Client client, Session session) {
    int most = limit > 0 ? limit : Integer.MAX_VALUE;
    var jobs = new ArrayList<Job>();
    var request = ListJobsRequest.newBuilder().setSession(session.getId());
    do {
      request.setPageSize(Math.min(LARGEST_PAGE, most - jobs.size()));
      var page = client.jobs(stub -> stub.listJobs(request.build()));
      jobs.addAll(page.getJobsList());
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty() && jobs.size() < most);
    return jobs;
  }
}
