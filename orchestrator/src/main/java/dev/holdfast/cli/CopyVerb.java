package dev.holdfast.cli;

import dev.holdfast.client.CopyResult;
import dev.holdfast.client.CopyTerms;
import dev.holdfast.client.Download;
import dev.holdfast.client.Pace;
import dev.holdfast.client.Upload;
import dev.holdfast.protocol.v1.Session;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "copy",
    header = "Copy files to sessions, or from them.",
    customSynopsis = {
      "holdfast copy [OPTIONS] LOCAL... SELECTOR:PATH",
      "       holdfast copy [OPTIONS] --to SELECTOR LOCAL... PATH",
      "       holdfast copy [OPTIONS] SELECTOR:PATH... LOCAL"
    },
    description = {
      "Copies files of this machine to the targets of all sessions that a SELECTOR means, or from one"
          + " session's target to this machine. The session must be Opened or Disconnected.",
      "A PATH on a target is absolute, or begins in the home directory of the account; nothing at all"
          + " is that directory. When the destination is a directory, or ends with /, the copy goes"
          + " into it. What stands before the first : of an argument is a session; a local file with"
          + " a : in its name is written ./NAME.",
      "A file gets its name only when its SHA-256 at its destination is right; before, it is a hidden"
          + " .part file beside it. When a copy is interrupted, the same command goes on from where"
          + " it was, and what is there already with the same content is left as it is.",
      "A file that cannot be copied is told on standard error, and the others are copied."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast copy app.tar.gz web1:/srv/",
      "  holdfast copy --recursive --preserve site/ label:role=web:/srv/www",
      "  holdfast copy --to web1 --to web2 nginx.conf /etc/nginx/ --force",
      "  holdfast copy db1:/var/log/postgresql.log . --limit 10M",
      "  holdfast copy -r web1:logs ./web1-logs"
    })
final class CopyVerb implements Callable<Integer> {

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "PLACE",
      arity = "2..*",
      description = "What is copied, and last where to: a local path, or SELECTOR:PATH.")
  List<String> places = new ArrayList<>();

  @Option(
      names = "--to",
      paramLabel = "SELECTOR",
      description =
          "Copy to the sessions that this means; the last PLACE is then a path there. May be given"
              + " several times.")
  List<String> to = new ArrayList<>();

  @Option(
      names = {"-r", "--recursive"},
      description = "Copy directories, with all that is in them.")
  boolean recursive;

  @Option(
      names = {"-p", "--preserve"},
      description =
          "Give copies exactly the modes and times of their sources. Default: a replaced file keeps"
              + " its mode, a new one cannot be written by others.")
  boolean preserve;

  @Option(
      names = "--links",
      paramLabel = "HOW",
      description =
          "What becomes of symbolic links in a directory: ${COMPLETION-CANDIDATES}. Default:"
              + " ${DEFAULT-VALUE}.")
  Links links = Links.keep;

  @Option(names = "--force", description = "Replace files that have other content.")
  boolean force;

  @Option(
      names = "--limit",
      paramLabel = "SIZE",
      converter = Sizes.class,
      description = "So many bytes a second at most, for all copies together. Default: no limit.")
  long limit;

  @Option(
      names = "--throttle",
      paramLabel = "N",
      description = "To how many sessions at a time. Default: ${DEFAULT-VALUE}.")
  int throttle = Crowd.USUAL;

  CopyVerb(Surroundings around) {
    this.around = around;
  }

  /** What becomes of symbolic links. */
  enum Links {
    keep,
    follow,
    skip
  }

  /** One source, and the session whose target it comes from or goes to. */
  private record Errand(String source, Session session) {}

  @Override
  public Integer call() {
    var plan = CopyPlan.of(places, to);
    try (var client = new Client(server, around);
        var progress = new CopyProgress(around)) {
      return Interrupt.during(() -> carry(client, plan, progress), this::interrupted);
    }
  }

  private int carry(Client client, CopyPlan plan, CopyProgress progress) {
    var selectors = new Selectors(client);
    var errands = new ArrayList<Errand>();
    for (CopyPlan.Source source : plan.sources()) {
      List<Session> sessions = selectors.all(plan.up() ? plan.selectors() : source.selectors());
      if (!plan.up() && sessions.size() > 1) {
        throw Failed.refused(
            "ambiguous",
            "'" + source.selectors().get(0) + "' fits " + sessions.size() + " sessions",
            "name one session for each source");
      }
      sessions.forEach(session -> errands.add(new Errand(source.path(), session)));
    }
    var names = new Names(errands.stream().map(Errand::session).distinct().toList());
    var report = new CopyReport(around, format, progress);
    new Crowd(throttle)
        .run(
            errands,
            errand -> copy(client, plan, errand, progress),
            outcome -> {
              var session = outcome.item().session();
              report.one(
                  outcome.item().source(),
                  session,
                  names.of(session),
                  outcome.value(),
                  outcome.failed());
            });
    return report.end();
  }

  private CopyResult copy(Client client, CopyPlan plan, Errand errand, CopyProgress progress) {
    var terms =
        new CopyTerms(
            recursive,
            preserve,
            CopyTerms.Links.valueOf(links.name().toUpperCase(java.util.Locale.ROOT)),
            force);
    String session = errand.session().getId();
    return client.copying(
        holdfast ->
            plan.up()
                ? new Upload(holdfast, terms, pace(), progress)
                    .copy(Path.of(errand.source()), session, plan.destination(), plan.into())
                : new Download(holdfast, terms, pace(), progress)
                    .copy(session, errand.source(), Path.of(plan.destination()), plan.into()));
  }

  private Pace shared;

  private synchronized Pace pace() {
    if (shared == null) {
      shared = new Pace(limit);
    }
    return shared;
  }

  private void interrupted() {
    around.say("");
    around.complain(
        "interrupted; what was copied stays", "the same command goes on from where it was");
  }
}
