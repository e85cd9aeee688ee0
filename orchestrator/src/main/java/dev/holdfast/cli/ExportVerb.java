package dev.holdfast.cli;

import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "export",
    header = "Write functions that run commands of a session.",
    description = {
      "Writes a file for any POSIX shell with a function for each function and command of the"
          + " session whose name fits a GLOB. Each runs in the session, with its arguments, input,"
          + " output, error and exit code as they are; a Disconnected session connects by itself.",
      "The names are found by a job in the session. A shell that cannot list its functions (dash,"
          + " busybox) knows them by their whole names only; bash and mksh list theirs. Commands are"
          + " the programs in the directories of the session's PATH.",
      "When the file is read, what that shell has already under one of the names stays, unless"
          + " HOLDFAST_EXPORT_FORCE=1 is set."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast export web1 --commands 'deploy_*' --to web1.sh && . ./web1.sh",
      "  holdfast export db1 --commands psql --commands pg_dump --prefix db1_",
      "  holdfast export web1 --commands '*' --output json"
    })
final class ExportVerb implements Callable<Integer> {

  private static final int NAMED_AT_MOST = 10;

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Parameters(
      paramLabel = "SESSION",
      description = "An id, a unique beginning of one (4 characters or more), or a unique name.")
  String id;

  @Option(
      names = "--commands",
      paramLabel = "GLOB",
      required = true,
      description =
          "Names to export: a name, or a pattern with *, ? and [...], in quotes; may be given many"
              + " times. One that nothing fits is an error.")
  List<String> patterns = new ArrayList<>();

  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      description = "Put before each function's name, such as web1_. Default: nothing.")
  String prefix = "";

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description = "The file to write. Default: standard output.")
  Path to;

  @Option(names = "--force", description = "Replace FILE when it is there.")
  boolean force;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description =
          "json: list the names instead, one object per line, see docs/cli-json.md. Default: the"
              + " functions.")
  Listing listing;

  ExportVerb(Surroundings around) {
    this.around = around;
  }

  /** How names are listed. */
  enum Listing {
    json
  }

  @Override
  public Integer call() {
    check();
    try (var client = new Client(server, around)) {
      var request = GetSessionRequest.newBuilder().setId(id).build();
      var session = client.sessions(sessions -> sessions.getSession(request));
      var offer = offer(client, session);
      tellOfFunctions(offer);
      if (listing != null) {
        offer.commands().forEach(command -> around.line(json(session, command)));
        return ExitCode.OK;
      }
      write(module(session, offer));
      return ExitCode.OK;
    }
  }

  /** What can be found wrong before anybody is asked. */
  private void check() {
    if (!prefix.matches("([A-Za-z_][A-Za-z0-9_]*)?")) {
      throw Failed.usage(
          "no function can be called " + prefix + "...",
          "a prefix has letters, digits and _, and begins with no digit");
    }
    for (String pattern : patterns) {
      if (pattern.isEmpty() || pattern.contains("/")) {
        throw Failed.usage(
            "no name fits the pattern '" + pattern + "'",
            "give the name of a function or a program, without its directory");
      }
    }
    if (to != null && listing != null) {
      throw Failed.usage("--output json writes no file", "leave out one of it and --to");
    }
    if (to != null && !force && Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
      throw occupied();
    }
  }

  private Offer offer(Client client, Session session) {
    var request = Offer.request(patterns).setKey(Client.key(null)).build();
    var answer = new Answer();
    var unused =
        new Run(client, around, request, null, false).in(List.of(session), 1, answer, true);
    var result = answer.result;
    if (result.failed() != null) {
      throw result.failed();
    }
    if (!result.succeeded() || answer.printed.truncated()) {
      Ends.tell(around, session.getName(), result);
      throw Failed.refused(
          "no-list",
          "the session did not say what it has",
          "see `holdfast receive " + result.job().getId() + "`");
    }
    var offer = Offer.of(patterns, answer.printed.out());
    if (!offer.unfit().isEmpty()) {
      throw Failed.refused(
          "not-found",
          "the session " + session.getName() + " has nothing that fits " + list(offer.unfit()),
          offer.lists()
              ? "its functions and the programs in its PATH were looked at"
              : "its shell cannot list functions: give their whole names");
    }
    return offer;
  }

  private void tellOfFunctions(Offer offer) {
    if (!offer.lists() && patterns.stream().anyMatch(pattern -> pattern.matches(".*[*?\\[].*"))) {
      around.say(
          "holdfast: the session's shell cannot list its functions;"
              + " they are found by their whole names only");
    }
  }

  private ShellModule module(Session session, Offer offer) {
    var names = new ArrayList<String>();
    var left = new ArrayList<String>();
    for (Offer.Command command : offer.commands()) {
      (command.obstacle(prefix) == null ? names : left).add(command.name());
    }
    if (!left.isEmpty()) {
      around.say("holdfast: left out, as no function can be called so: " + list(left));
    }
    if (names.isEmpty()) {
      throw Failed.refused(
          "no-function-name",
          "there is nothing to export: no function can be called so",
          "with --prefix, reserved words and names that begin with a digit can be used");
    }
    return new ShellModule(
        session, patterns, way(), prefix, names, to == null ? null : to.toString());
  }

  /** How the module's calls find the server: what was said of that here, but not the token. */
  private List<String> way() {
    var words = new ArrayList<String>();
    add(words, "--server", given(server.server, "HOLDFAST_SERVER"));
    add(words, "--token-file", absolute(server.tokenFile, null));
    add(words, "--ca", absolute(server.ca, "HOLDFAST_CA"));
    add(words, "--data-dir", absolute(server.dataDirectory, "HOLDFAST_DATA_DIR"));
    return words;
  }

  private static void add(List<String> words, String option, String value) {
    if (value != null) {
      words.add(option);
      words.add(value);
    }
  }

  private String given(String option, String variable) {
    return option != null || variable == null ? option : around.env(variable);
  }

  private String absolute(Path option, String variable) {
    var path = given(option == null ? null : option.toString(), variable);
    return path == null ? null : Path.of(path).toAbsolutePath().normalize().toString();
  }

  private void write(ShellModule module) {
    var bytes = module.text().getBytes(StandardCharsets.UTF_8);
    if (to == null) {
      around.write(bytes);
      return;
    }
    try {
      if (force) {
        Files.write(to, bytes);
      } else {
        Files.write(to, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      }
    } catch (FileAlreadyExistsException e) {
      throw occupied();
    } catch (IOException e) {
      throw Failed.refused(
          "unwritable",
          "the file " + to + " cannot be written",
          "check its directory and the disk");
    }
  }

  private Failed occupied() {
    return Failed.refused(
        "exists", "the file " + to + " is there already", "replace it with --force");
  }

  private String json(Session session, Offer.Command command) {
    var obstacle = command.obstacle(prefix);
    return new Json()
        .text("session", session.getId())
        .text("session_name", session.getName())
        .text("name", command.name())
        .text("kind", command.kind().toString())
        .text("function", obstacle == null ? prefix + command.name() : null)
        .text("left_out", obstacle)
        .toString();
  }

  private static String list(List<String> names) {
    var some = String.join(" ", names.subList(0, Math.min(NAMED_AT_MOST, names.size())));
    int more = names.size() - NAMED_AT_MOST;
    return Words.printable(some) + (more > 0 ? " and " + more + " more" : "");
  }

  /** Keeps what came of the one job. */
  private static final class Answer implements Report {

    private final Collected printed = new Collected();
    private Result result;

    @Override
    public Sink sink(Session session) {
      return printed;
    }

    @Override
    public void result(Result came) {
      result = came;
    }
  }
}
