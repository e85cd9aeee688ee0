package dev.holdfast.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "apply",
    header = "Make a profile, or its next version.",
    description = {
      "Prints the profile as it is then. A document that is there already changes nothing.",
      "A key that is not known, or a value out of its range, is refused with its name. Sessions that are open keep the version"
          + " that they were opened with."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast profile apply -f operators.conf",
      "  holdfast profile apply operators -f operators.conf --expect-version 3",
      "  holdfast profile apply -f operators.conf --dry-run    only check it"
    })
final class ProfileApplyVerb implements Callable<Integer> {

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Mixin ProfileFile document = new ProfileFile();

  @Option(
      names = "--expect-version",
      paramLabel = "N",
      description =
          "Only if the profile is at this version, so that no change of somebody else is lost; 0:"
              + " only if it is not there yet. Default: whichever it is at.")
  Integer expected;

  @Option(names = "--dry-run", description = "Show what would be, and change nothing.")
  boolean dryRun;

  ProfileApplyVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    var request = document.request(around).setDryRun(dryRun);
    if (expected != null) {
      request.setExpectedVersion(expected);
    }
    try (var client = new Client(server, around)) {
      var profile = client.profiles(profiles -> profiles.applyProfile(request.build()));
      new Rows(around, format).profiles(List.of(profile));
      return ExitCode.OK;
    }
  }
}
