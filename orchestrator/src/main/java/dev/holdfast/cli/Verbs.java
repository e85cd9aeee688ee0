package dev.holdfast.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;

/**
 * The verbs, in the order in which help shows them.
 *
 * <p>Only the class of the verb that was asked for is loaded; all of them only for help, completion
 * and to find the verb nearest to an unknown one.
 */
final class Verbs {

  static final List<String> ALL =
      List.of(
          "server",
          "demo",
          "new",
          "list",
          "show",
          "invoke",
          "run",
          "jobs",
          "receive",
          "wait",
          "cancel",
          "move",
          "enter",
          "play",
          "disconnect",
          "connect",
          "repair",
          "remove",
          "copy",
          "export",
          "history",
          "events",
          "webhook",
          "profile",
          "node",
          "schema",
          "migrate",
          "completion",
          "help");

  /** The verbs that look at the others. */
  private static final Set<String> NEED_ALL = Set.of("completion", "help");

  /** The verbs that end with the exit code of a job. */
  private static final Set<String> OF_JOBS = Set.of("invoke", "run", "receive", "wait", "enter");

  private Verbs() {}

  /** The command line that can parse these arguments. */
  static CommandLine commandLine(String[] args, Surroundings around) {
    boolean one = args.length > 0 && ALL.contains(args[0]) && !NEED_ALL.contains(args[0]);
    var root = new CommandLine(new Main());
    for (String verb : one ? List.of(args[0]) : asksForVersion(args) ? List.<String>of() : ALL) {
      add(root, verb, around);
    }
    boolean colours = around.outSeen() && around.env("NO_COLOR") == null;
    return root.setExpandAtFiles(false)
        .setColorScheme(CommandLine.Help.defaultColorScheme(colours ? Ansi.ON : Ansi.OFF))
        .setUsageHelpWidth(around.outSeen() ? Math.max(60, Math.min(120, around.width())) : 80)
        .setUsageHelpLongOptionsMaxWidth(28)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static boolean asksForVersion(String[] args) {
    return args.length > 0 && (args[0].equals("--version") || args[0].equals("-V"));
  }

  private static void add(CommandLine parent, String verb, Surroundings around) {
    var line = described(create(verb, around), verb);
    if (verb.equals("node")) {
      line.addSubcommand(described(new NodeVerb.ListVerb(around), "list"));
      line.addSubcommand(described(new NodeVerb.DrainVerb(around), "drain"));
    }
    if (verb.equals("webhook")) {
      line.addSubcommand(described(new WebhookVerb.AddVerb(around), "add"));
      line.addSubcommand(described(new WebhookVerb.ListVerb(around), "list"));
      line.addSubcommand(described(new WebhookVerb.RemoveVerb(around), "remove"));
      line.addSubcommand(described(new WebhookVerb.FailedVerb(around), "failed"));
      line.addSubcommand(described(new WebhookVerb.RetryVerb(around), "retry"));
    }
    if (verb.equals("profile")) {
      ProfileVerb.verbs(around).forEach((name, it) -> line.addSubcommand(described(it, name)));
    }
    parent.addSubcommand(verb, line);
  }

  /** A verb whose help has the parts, and the exit codes, that all have. */
  private static CommandLine described(Object verb, String name) {
    var line = new CommandLine(verb);
    line.getCommandSpec()
        .usageMessage()
        .synopsisHeading("%nUsage: ")
        .descriptionHeading("%n")
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n")
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(exitCodes(name));
    return line;
  }

  private static Object create(String verb, Surroundings around) {
    return switch (verb) {
      case "server" -> new ServerVerb();
      case "demo" -> new DemoVerb();
      case "new" -> new NewVerb(around);
      case "list" -> new ListVerb(around);
      case "show" -> new ShowVerb(around);
      case "invoke" -> new InvokeVerb(around);
      case "run" -> new RunVerb(around);
      case "jobs" -> new JobsVerb(around);
      case "receive" -> new ReceiveVerb(around);
      case "wait" -> new WaitVerb(around);
      case "cancel" -> new CancelVerb(around);
      case "move" -> new MoveVerb(around);
      case "enter" -> new EnterVerb(around);
      case "play" -> new PlayVerb(around);
      case "disconnect" -> new DisconnectVerb(around);
      case "connect" -> new ConnectVerb(around);
      case "repair" -> new RepairVerb(around);
      case "remove" -> new RemoveVerb(around);
      case "copy" -> new CopyVerb(around);
      case "export" -> new ExportVerb(around);
      case "history" -> new HistoryVerb(around);
      case "events" -> new EventsVerb(around);
      case "webhook" -> new WebhookVerb();
      case "profile" -> new ProfileVerb();
      case "node" -> new NodeVerb();
      case "schema" -> new SchemaVerb();
      case "migrate" -> new MigrateVerb();
      case "completion" -> new CompletionVerb(around);
      case "help" -> new HelpVerb(around);
      default -> throw new IllegalArgumentException(verb);
    };
  }

  private static Map<String, String> exitCodes(String verb) {
    var codes = new LinkedHashMap<String, String>();
    codes.put(" 0", "It was done.");
    if (OF_JOBS.contains(verb)) {
      codes.put(" n", "The job's exit code; of several jobs the highest.");
    }
    codes.put(
        " 1", verb.equals("diff") ? "They differ, or it failed." : "It failed or was refused.");
    codes.put(" 2", "The command line is wrong.");
    codes.put(" 3", "No server could be reached, or it does not accept the token.");
    if (verb.equals("wait")) {
      codes.put("124", "--timeout is over and the job is still running.");
    }
    if (verb.equals("drain")) {
      codes.put("124", "--timeout is over and the server is not drained yet.");
    }
    codes.put("130", "Ctrl-C.");
    if (OF_JOBS.contains(verb)) {
      codes.put("250", "The job was never started.");
      codes.put("251", "The job was interrupted: its target restarted.");
      codes.put("252", "The job was started and nobody knows how it ended.");
      codes.put("253", "The job ran longer than its --timeout.");
      codes.put("254", "The job was cancelled.");
    }
    return codes;
  }

  /** Only for the list of verbs: it is run by {@link Elsewhere}. */
  @Command(name = "server", header = "Start a server on this machine.")
  static final class ServerVerb {}

  /** Only for the list of verbs: it is run by {@link Elsewhere}. */
  @Command(name = "demo", header = "See what Holdfast does, in a temporary place.")
  static final class DemoVerb {}

  /** Only for the list of verbs: it is run by {@link Elsewhere}. */
  @Command(name = "schema", header = "Make the tables of a cluster in Cassandra.")
  static final class SchemaVerb {}

  /** Only for the list of verbs: it is run by {@link Elsewhere}. */
  @Command(name = "migrate", header = "Bring a server's sessions to Cassandra.")
  static final class MigrateVerb {}
}
