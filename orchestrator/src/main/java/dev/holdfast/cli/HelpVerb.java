package dev.holdfast.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

@Command(
    name = "help",
    header = "Explain a verb.",
    description = "Prints the help of a verb, or the list of all verbs.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast help invoke", "  holdfast help node list"})
final class HelpVerb implements Callable<Integer> {

  private final Surroundings around;

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "VERB", arity = "0..*", description = "The verb to explain.")
  List<String> verbs = new ArrayList<>();

  HelpVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    if (!verbs.isEmpty() && Elsewhere.knows(verbs.get(0))) {
      return Elsewhere.run(verbs.get(0), new String[] {"--help"});
    }
    CommandLine found = spec.root().commandLine();
    for (String verb : verbs) {
      var next = found.getSubcommands().get(verb);
      if (next == null) {
        throw new UnmatchedArgumentException(found, List.of(verb));
      }
      found = next;
    }
    around.write(found.getUsageMessage().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return ExitCode.OK;
  }
}
