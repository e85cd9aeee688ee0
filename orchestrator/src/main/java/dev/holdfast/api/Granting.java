package dev.holdfast.api;

import com.google.protobuf.Duration;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.OutputMode;
import dev.holdfast.protocol.v1.Profile;
import dev.holdfast.protocol.v1.ProfileSpec;
import dev.holdfast.session.Limits;
import dev.holdfast.session.Restriction;
import dev.holdfast.session.Setup;
import dev.holdfast.session.Start;
import dev.holdfast.session.Terms;
import dev.holdfast.transport.Target;
import java.util.Optional;

/** What a new session is granted: what was asked for, within its profile and the node's bounds. */
final class Granting {

  private static final java.time.Duration SECOND = java.time.Duration.ofSeconds(1);
  private static final java.time.Duration DAY = java.time.Duration.ofHours(24);
  private static final java.time.Duration YEAR = java.time.Duration.ofDays(365);
  private static final java.time.Duration TEN_MINUTES = java.time.Duration.ofMinutes(10);

  private final Bounds bounds;

  Granting(Bounds bounds) {
    this.bounds = bounds;
  }

  Terms terms(CreateSessionRequest request, Optional<Profile> profile) {
    Target target = Fields.target(request.getTarget());
    ProfileSpec spec = profile.map(Profile::getSpec).orElse(ProfileSpec.getDefaultInstance());
    return new Terms(
        Fields.name(request.getName(), target),
        target.toString(),
        shell(request.getShell(), spec),
        Fields.labels(request.getLabelsMap()),
        idleTimeout(request, spec),
        Fields.duration(
            "connect_timeout",
            request::hasConnectTimeout,
            request.getConnectTimeout(),
            java.time.Duration.ofSeconds(30),
            SECOND,
            TEN_MINUTES),
        spec.getQueueLength() > 0
            ? Math.min(bounds.queueLength(), spec.getQueueLength())
            : bounds.queueLength(),
        bounds.queueBytes(),
        bounds.jobsKept(),
        "",
        Fields.duration(
            "remove_after",
            request::hasRemoveAfter,
            request.getRemoveAfter(),
            java.time.Duration.ZERO,
            SECOND,
            YEAR),
        profile.map(Granting::setup).orElse(Setup.NONE));
  }

  private static String shell(String asked, ProfileSpec spec) {
    if (asked.isEmpty() && !spec.getShell().isEmpty()) {
      return spec.getShell();
    }
    boolean free = spec.getShell().isEmpty() && !spec.getRestricted();
    Fields.check(
        free || asked.isEmpty() || asked.equals(spec.getShell()), "shell", "is set by the profile");
    return Fields.shell(asked);
  }

  private static java.time.Duration idleTimeout(CreateSessionRequest request, ProfileSpec spec) {
    java.time.Duration most = spec.hasMaxIdleTimeout() ? time(spec.getMaxIdleTimeout()) : YEAR;
    java.time.Duration usual = most.compareTo(DAY) < 0 ? most : DAY;
    java.time.Duration asked =
        Fields.duration(
            "idle_timeout",
            request::hasIdleTimeout,
            request.getIdleTimeout(),
            spec.hasIdleTimeout() ? time(spec.getIdleTimeout()) : usual,
            SECOND,
            YEAR);
    Fields.check(
        asked.compareTo(most) <= 0,
        "idle_timeout",
        "may be at most " + Fields.shown(most) + " with this profile");
    return asked;
  }

  private static Setup setup(Profile profile) {
    ProfileSpec spec = profile.getSpec();
    return new Setup(
        profile.getName(),
        profile.getVersion(),
        spec.getPrincipalsList(),
        new Start(
            spec.getUser(),
            spec.getEnvironmentMap(),
            spec.getDirectory(),
            spec.getStartup(),
            time(spec.getStartupTimeout())),
        new Limits(
            time(spec.getJobTime()),
            time(spec.getSessionTime()),
            spec.hasParkAfter() ? Optional.of(time(spec.getParkAfter())) : Optional.empty(),
            spec.getSelfRepairs(),
            spec.getOutputLimit(),
            spec.getOutputMode() == OutputMode.DROP),
        spec.getRestricted() ? Optional.of(restriction(spec)) : Optional.empty());
  }

  private static Restriction restriction(ProfileSpec spec) {
    return new Restriction(
        spec.getCommandsList().stream()
            .map(
                it ->
                    new Restriction.Allowed(
                        it.getRun(),
                        it.getArgumentsList(),
                        it.hasRest() ? Optional.of(it.getRest()) : Optional.empty()))
            .toList());
  }

  private static java.time.Duration time(Duration time) {
    return java.time.Duration.ofSeconds(time.getSeconds(), time.getNanos());
  }
}
