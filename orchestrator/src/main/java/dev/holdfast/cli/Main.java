package dev.holdfast.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Where {@code holdfast} begins: one verb is run, and its exit code is ours.
 *
 * <p>What goes wrong ends here as two lines on standard error, a cause and an advice.
 */
@Command(
    name = "holdfast",
    header = "Keeps remote sessions.",
    description =
        "A session is there before a client comes and after it has gone, whichever node dies. Open"
            + " one with `new`, run commands in it with `invoke`, come back to their output with"
            + " `receive`.",
    synopsisSubcommandLabel = "VERB",
    versionProvider = Main.Version.class,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast server                                  start a server on this machine",
      "  holdfast new ssh://admin@web1 --name web         open a session",
      "  holdfast invoke web -- 'cd /srv; du -sh .'       run something in it",
      "  holdfast help invoke                             explain a verb"
    })
public final class Main implements Runnable {

  @CommandLine.Spec CommandLine.Model.CommandSpec spec;

  /** Runs one verb and exits with its code. */
  public static void main(String[] args) {
    System.exit(run(Arguments.exact(args), Surroundings.ofThisProcess()));
  }

  static int run(String[] args, Surroundings around) {
    try {
      if (args.length > 0 && Elsewhere.knows(args[0])) {
        return Elsewhere.run(args[0], Arrays.copyOfRange(args, 1, args.length));
      }
      return parsed(args, around);
    } catch (Surroundings.OutputGone gone) {
      return unwritten(gone, around);
    } catch (Failed failed) {
      return told(failed, around);
    }
  }

  /** Without a verb there is nothing to do but to name the verbs. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no verb was given");
  }

  private static int parsed(String[] args, Surroundings around) {
    var help = new StringWriter();
    var line = Verbs.commandLine(args, around);
    line.setOut(new PrintWriter(help));
    line.setParameterExceptionHandler((e, given) -> misused(e, around));
    line.setExecutionExceptionHandler((e, verb, result) -> failed(e, around));
    int code = line.execute(args);
    around.write(help.toString().getBytes(StandardCharsets.UTF_8));
    return code;
  }

  private static int misused(ParameterException e, Surroundings around) {
    var verb = e.getCommandLine().getCommandSpec().qualifiedName();
    var advice = "see `" + verb + " --help`";
    if (e instanceof UnmatchedArgumentException unmatched) {
      var nearest = unmatched.getSuggestions();
      var asked = unmatched.getUnmatched().get(0);
      var what = unmatched.isUnknownOption() ? "option" : "verb or argument";
      around.complain(
          "'" + asked + "' is no " + what + " of `" + verb + "`",
          nearest.isEmpty()
              ? advice
              : "did you mean " + String.join(" or ", nearest) + "? " + advice);
    } else {
      around.complain(e.getMessage(), advice);
    }
    return ExitCode.USAGE;
  }

  private static int failed(Exception e, Surroundings around) {
    if (e instanceof Failed failed) {
      return told(failed, around);
    }
    if (e instanceof Surroundings.OutputGone gone) {
      return unwritten(gone, around);
    }
    if (e instanceof InvalidPathException path) {
      around.complain(
          "the file name '" + path.getInput() + "' cannot be used in this locale",
          "set LC_ALL=C.UTF-8 and try again");
      return ExitCode.USAGE;
    }
    around.complain("a bug in holdfast: " + e, "please report it, with HOLDFAST_DEBUG=1 set");
    if (around.env("HOLDFAST_DEBUG") != null) {
      var trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace, true));
      around.say(trace.toString());
    }
    return ExitCode.REFUSED;
  }

  private static int told(Failed failed, Surroundings around) {
    around.complain(failed.failure().getCause(), failed.failure().getAdvice());
    return failed.exitCode();
  }

  private static int unwritten(Surroundings.OutputGone gone, Surroundings around) {
    if (gone.readerLeft()) {
      return ExitCode.PIPE;
    }
    around.complain("the output cannot be written: " + gone.getMessage(), "is the disk full?");
    return ExitCode.REFUSED;
  }

  /** What the build wrote into the jar. */
  static final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
      var version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"holdfast " + Objects.requireNonNullElse(version, "(not from a jar)")};
    }
  }
}
