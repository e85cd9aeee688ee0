package dev.holdfast.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    header = "Print the completion script of a shell.",
    description =
        "Prints a script that teaches a shell to complete holdfast's verbs and options. It is the"
            + " same for both: in zsh it turns on bashcompinit.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(holdfast completion bash)",
      "  holdfast completion bash > /etc/bash_completion.d/holdfast",
      "  source <(holdfast completion zsh)      # in ~/.zshrc"
    })
final class CompletionVerb implements Callable<Integer> {

  private final Surroundings around;

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "One of ${COMPLETION-CANDIDATES}.")
  Shell shell;

  CompletionVerb(Surroundings around) {
    this.around = around;
  }

  /** The shells that can complete. */
  enum Shell {
    bash,
    zsh
  }

  @Override
  public Integer call() {
    around.line(AutoComplete.bash("holdfast", spec.root().commandLine()));
    return ExitCode.OK;
  }
}
