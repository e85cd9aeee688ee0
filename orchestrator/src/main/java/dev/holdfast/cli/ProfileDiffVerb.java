package dev.holdfast.cli;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.holdfast.protocol.v1.GetProfileRequest;
import dev.holdfast.protocol.v1.Profile;
import dev.holdfast.protocol.v1.ProfileSpec;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "diff",
    header = "Show what applying a document would change.",
    description =
        "Prints a line for each key that would be lost (-) and each that would be there (+); what is"
            + " only written otherwise is no difference.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast profile diff -f operators.conf",
      "  holdfast profile get operators | holdfast profile diff copy -f -"
    })
final class ProfileDiffVerb implements Callable<Integer> {

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin ProfileFile document = new ProfileFile();

  ProfileDiffVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    var request = document.request(around).setDryRun(true).build();
    try (var client = new Client(server, around)) {
      var wanted = client.profiles(profiles -> profiles.applyProfile(request));
      return print(present(client, wanted.getName()), wanted.getSpec());
    }
  }

  private static ProfileSpec present(Client client, String name) {
    var request = GetProfileRequest.newBuilder().setName(name).build();
    try {
      Profile there = client.profiles(profiles -> profiles.getProfile(request));
      return there.getSpec();
    } catch (Failed failed) {
      if (failed.failure().getKind().equals("not-found")) {
        return ProfileSpec.getDefaultInstance();
      }
      throw failed;
    }
  }

  private int print(ProfileSpec before, ProfileSpec after) {
    boolean same = true;
    for (FieldDescriptor field : ProfileSpec.getDescriptor().getFields()) {
      String was = value(before, field);
      String is = value(after, field);
      if (!was.equals(is)) {
        same = false;
        line("- ", field, was);
        line("+ ", field, is);
      }
    }
    return same ? ExitCode.OK : ExitCode.REFUSED;
  }

  private void line(String sign, FieldDescriptor field, String value) {
    if (!value.isEmpty()) {
      around.line(sign + field.getName().replace('_', '-') + " = " + Words.printable(value));
    }
  }

  /** As JSON; empty when it is not there. */
  private static String value(ProfileSpec spec, FieldDescriptor field) {
    boolean there =
        field.isRepeated() ? spec.getRepeatedFieldCount(field) > 0 : spec.hasField(field);
    if (!there) {
      return "";
    }
    var alone = ProfileSpec.newBuilder().setField(field, spec.getField(field));
    try {
      String json =
          JsonFormat.printer()
              .omittingInsignificantWhitespace()
              .sortingMapKeys()
              .preservingProtoFieldNames()
              .print(alone);
      return json.substring(json.indexOf(':') + 1, json.length() - 1);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the contract has no Any", e);
    }
  }
}
