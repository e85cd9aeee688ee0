package dev.holdfast.api;

import dev.holdfast.journal.Values;
import dev.holdfast.profile.Document;
import dev.holdfast.profile.InvalidProfile;
import dev.holdfast.protocol.cluster.v1.ProfileAnswer;
import dev.holdfast.protocol.cluster.v1.ProfileApply;
import dev.holdfast.protocol.cluster.v1.ProfileAsk;
import dev.holdfast.protocol.cluster.v1.ProfileUse;
import dev.holdfast.protocol.v1.ApplyProfileRequest;
import dev.holdfast.protocol.v1.DeleteProfileRequest;
import dev.holdfast.protocol.v1.EnableProfileRequest;
import dev.holdfast.protocol.v1.GetProfileRequest;
import dev.holdfast.protocol.v1.ListProfilesRequest;
import dev.holdfast.protocol.v1.ListProfilesResponse;
import dev.holdfast.protocol.v1.Profile;
import dev.holdfast.protocol.v1.ProfilesGrpc;
import dev.holdfast.session.Origin;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** The calls of the Profiles service. Everybody of a tenant may look, administrators may change. */
public final class ProfileCalls extends ProfilesGrpc.ProfilesImplBase {

  private final ProfileAsks asks;
  private final Administrators administrators;

  /** How the keeper of a tenant's profiles is asked, wherever it is. */
  @FunctionalInterface
  public interface ProfileAsks {
    CompletionStage<ProfileAnswer> ask(String tenant, ProfileAsk ask);

    /** The profile for a new session, if the caller may have one more with it. */
    default CompletionStage<Profile> use(String name, String session, Origin by) {
      return profiles(
              this,
              by,
              ask -> ask.setUse(ProfileUse.newBuilder().setName(name).setSession(session)))
          .thenApply(profiles -> profiles.getProfiles(0));
    }
  }

  public ProfileCalls(ProfileAsks asks, Administrators administrators) {
    this.asks = asks;
    this.administrators = administrators;
  }

  @Override
  public void applyProfile(ApplyProfileRequest request, StreamObserver<Profile> caller) {
    change(caller, ask -> ask.setApply(apply(request)));
  }

  private static ProfileApply apply(ApplyProfileRequest request) {
    Document document = parse(request.getDocument());
    String name = request.getName().isEmpty() ? document.name() : request.getName();
    Fields.check(
        document.name().isEmpty() || document.name().equals(name),
        "name",
        "is another one in the document: " + document.name());
    var apply =
        ProfileApply.newBuilder()
            .setProfile(
                Profile.newBuilder()
                    .setName(name(name))
                    .setDocument(request.getDocument())
                    .setSpec(document.spec()))
            .setDryRun(request.getDryRun());
    if (request.hasExpectedVersion()) {
      apply.setExpectedVersion(version(request.getExpectedVersion()));
    }
    return apply.build();
  }

  private static Document parse(String text) {
    try {
      return Document.parse(text);
    } catch (InvalidProfile e) {
      throw Refusal.of(
          Kind.INVALID,
          "'" + e.key() + "' " + e.why(),
          "correct the profile and apply it again; docs/profiles.md has every key");
    }
  }

  private static String name(String name) {
    Fields.check(Document.isName(name), "name", "must be 1-64 characters of A-Z a-z 0-9 . _ -");
    return name;
  }

  private static int version(int version) {
    Fields.check(version >= 0, "expected_version", "must not be negative");
    return version;
  }

  @Override
  public void getProfile(GetProfileRequest request, StreamObserver<Profile> caller) {
    Calls.answer(
        caller,
        () -> {
          name(request.getName());
          return profiles(asks, Caller.current(), ask -> ask.setGet(request))
              .thenApply(profiles -> profiles.getProfiles(0));
        });
  }

  @Override
  public void listProfiles(
      ListProfilesRequest request, StreamObserver<ListProfilesResponse> caller) {
    Calls.answer(caller, () -> profiles(asks, Caller.current(), ask -> ask.setList(request)));
  }

  @Override
  public void deleteProfile(DeleteProfileRequest request, StreamObserver<Profile> caller) {
    change(
        caller,
        ask -> {
          name(request.getName());
          version(request.getExpectedVersion());
          ask.setDelete(request);
        });
  }

  @Override
  public void enableProfile(EnableProfileRequest request, StreamObserver<Profile> caller) {
    change(
        caller,
        ask -> {
          name(request.getName());
          version(request.getExpectedVersion());
          ask.setEnable(request);
        });
  }

  private void change(StreamObserver<Profile> caller, Consumer<ProfileAsk.Builder> what) {
    Calls.answer(
        caller,
        () -> {
          Origin by = Caller.current();
          administrators.check(by, "change profiles");
          return profiles(asks, by, what).thenApply(profiles -> profiles.getProfiles(0));
        });
  }

  private static CompletionStage<ListProfilesResponse> profiles(
      ProfileAsks asks, Origin by, Consumer<ProfileAsk.Builder> what) {
    var ask = ProfileAsk.newBuilder().setBy(Values.write(by));
    what.accept(ask);
    return asks.ask(by.tenant(), ask.build())
        .thenApply(
            answer -> {
              if (answer.hasRefused()) {
                throw Refusal.of(Values.read(answer.getRefused()));
              }
              return answer.getProfiles();
            });
  }
}
