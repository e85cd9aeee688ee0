package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Profile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "profile",
    header = "Say what sessions may do, and who may use them.",
    description = {
      "A profile says who may open sessions with it, what they begin with (another account, an environment, a start-up"
          + " script), what they may take, and which commands may be run in them. docs/profiles.md has every key.",
      "Each apply makes a new version. A session keeps the version that it was opened with."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast profile apply -f operators.conf",
      "  holdfast profile list",
      "  holdfast new web1.example.org --profile operators"
    })
final class ProfileVerb implements Runnable {

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        "which verb? There are: profile " + String.join(", profile ", verbs(null).keySet()));
  }

  /** The verbs below it, in the order in which help shows them. */
  static Map<String, Object> verbs(Surroundings around) {
    var verbs = new LinkedHashMap<String, Object>();
    verbs.put("apply", new ProfileApplyVerb(around));
    verbs.put("get", new GetVerb(around));
    verbs.put("list", new ListVerb(around));
    verbs.put("diff", new ProfileDiffVerb(around));
    verbs.put("enable", new EnableVerb(around));
    verbs.put("disable", new DisableVerb(around));
    verbs.put("delete", new DeleteVerb(around));
    return verbs;
  }

  /** What the verbs about one profile share. */
  abstract static class OfOne implements Callable<Integer> {

    final Surroundings around;

    @ArgGroup(validate = false, heading = ServerOptions.HEADING)
    ServerOptions server = new ServerOptions();

    @Mixin Format format = new Format();

    @Parameters(paramLabel = "NAME", description = "The profile's name.")
    String name;

    OfOne(Surroundings around) {
      this.around = around;
    }

    abstract Profile ask(Client client);

    void print(Profile profile) {
      new Rows(around, format).profiles(List.of(profile));
    }

    @Override
    public Integer call() {
      try (var client = new Client(server, around)) {
        print(ask(client));
        return ExitCode.OK;
      }
    }
  }

  /** One that changes the profile, if it is at the version that is expected. */
  abstract static class Change extends OfOne {

    @Option(
        names = "--expect-version",
        paramLabel = "N",
        description = "Only if the profile is at this version. Default: whichever it is at.")
    Integer expected;

    Change(Surroundings around) {
      super(around);
    }
  }

  @Command(
      name = "get",
      header = "Show a profile as it was applied.",
      description =
          "Prints the document that was applied last, byte for byte; with --output json all that is"
              + " known of the profile.",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast profile get operators",
        "  holdfast profile get operators > operators.conf",
        "  holdfast profile get operators --output json"
      })
  static final class GetVerb extends OfOne {

    GetVerb(Surroundings around) {
      super(around);
    }

    @Override
    Profile ask(Client client) {
      var request = dev.holdfast.protocol.v1.GetProfileRequest.newBuilder().setName(name).build();
      return client.profiles(profiles -> profiles.getProfile(request));
    }

    @Override
    void print(Profile profile) {
      switch (format.form(around)) {
        case json, id -> super.print(profile);
        case table -> profile.getDocument().lines().map(Words::printable).forEach(around::line);
        case tsv -> around.line(profile.getDocument().replaceFirst("\n$", ""));
      }
    }
  }

  @Command(
      name = "list",
      header = "List the profiles.",
      description = "Prints each profile with its version, and whether it is enabled.",
      footerHeading = "%nExamples:%n",
      footer = {"  holdfast profile list", "  holdfast profile list --output json"})
  static final class ListVerb implements Callable<Integer> {

    private final Surroundings around;

    @ArgGroup(validate = false, heading = ServerOptions.HEADING)
    ServerOptions server = new ServerOptions();

    @Mixin Format format = new Format();

    ListVerb(Surroundings around) {
      this.around = around;
    }

    @Override
    public Integer call() {
      var request = dev.holdfast.protocol.v1.ListProfilesRequest.getDefaultInstance();
      try (var client = new Client(server, around)) {
        var answer = client.profiles(profiles -> profiles.listProfiles(request));
        new Rows(around, format).profiles(answer.getProfilesList());
        return ExitCode.OK;
      }
    }
  }

  private static Profile enable(Client client, Change verb, boolean disable) {
    var request =
        dev.holdfast.protocol.v1.EnableProfileRequest.newBuilder()
            .setName(verb.name)
            .setDisable(disable);
    if (verb.expected != null) {
      request.setExpectedVersion(verb.expected);
    }
    return client.profiles(profiles -> profiles.enableProfile(request.build()));
  }

  @Command(
      name = "enable",
      header = "Let a profile open sessions again.",
      description = "On a profile that is enabled: succeeds and changes nothing.",
      footerHeading = "%nExamples:%n",
      footer = {"  holdfast profile enable operators"})
  static final class EnableVerb extends Change {

    EnableVerb(Surroundings around) {
      super(around);
    }

    @Override
    Profile ask(Client client) {
      return enable(client, this, false);
    }
  }

  @Command(
      name = "disable",
      header = "Let a profile open nothing.",
      description =
          "Its sessions stay. On a profile that is disabled: succeeds and changes nothing.",
      footerHeading = "%nExamples:%n",
      footer = {"  holdfast profile disable operators"})
  static final class DisableVerb extends Change {

    DisableVerb(Surroundings around) {
      super(around);
    }

    @Override
    Profile ask(Client client) {
      return enable(client, this, true);
    }
  }

  @Command(
      name = "delete",
      header = "Delete a profile.",
      description =
          "Its sessions stay, with all that it has laid down for them. If it is applied again, its"
              + " versions go on.",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast profile delete operators",
        "  holdfast profile delete operators --expect-version 3"
      })
  static final class DeleteVerb extends Change {

    DeleteVerb(Surroundings around) {
      super(around);
    }

    @Override
    Profile ask(Client client) {
      var request = dev.holdfast.protocol.v1.DeleteProfileRequest.newBuilder().setName(name);
      if (expected != null) {
        request.setExpectedVersion(expected);
      }
      return client.profiles(profiles -> profiles.deleteProfile(request.build()));
    }
  }
}
