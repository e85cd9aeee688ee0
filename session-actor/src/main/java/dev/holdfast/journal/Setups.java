package dev.holdfast.journal;

import dev.holdfast.session.Limits;
import dev.holdfast.session.Restriction;
import dev.holdfast.session.Setup;
import dev.holdfast.session.Start;
import java.util.Optional;

/** What a profile has laid down for a session, to and from {@code journal.proto}. */
final class Setups {

  private Setups() {}

  static dev.holdfast.protocol.journal.v1.Setup write(Setup setup) {
    var to =
        dev.holdfast.protocol.journal.v1.Setup.newBuilder()
            .setProfile(setup.profile())
            .setVersion(setup.version())
            .addAllPrincipals(setup.principals())
            .setStart(write(setup.start()))
            .setLimits(write(setup.limits()));
    setup.restriction().map(Setups::write).ifPresent(to::setRestriction);
    return to.build();
  }

  private static dev.holdfast.protocol.journal.v1.Setup.Start write(Start start) {
    return dev.holdfast.protocol.journal.v1.Setup.Start.newBuilder()
        .setUser(start.user())
        .putAllEnvironment(start.environment())
        .setDirectory(start.directory())
        .setScript(start.script())
        .setTimeout(Values.write(start.timeout()))
        .build();
  }

  private static dev.holdfast.protocol.journal.v1.Setup.Limits write(Limits limits) {
    var to =
        dev.holdfast.protocol.journal.v1.Setup.Limits.newBuilder()
            .setJobTime(Values.write(limits.jobTime()))
            .setSessionTime(Values.write(limits.sessionTime()))
            .setSelfRepairs(limits.selfRepairs())
            .setOutputLimit(limits.outputLimit())
            .setDrop(limits.drop());
    limits.parkAfter().map(Values::write).ifPresent(to::setParkAfter);
    return to.build();
  }

  private static dev.holdfast.protocol.journal.v1.Setup.Restriction write(Restriction only) {
    var to = dev.holdfast.protocol.journal.v1.Setup.Restriction.newBuilder();
    for (Restriction.Allowed allowed : only.commands()) {
      var one =
          dev.holdfast.protocol.journal.v1.Setup.Allowed.newBuilder()
              .setCommand(allowed.command())
              .addAllArguments(allowed.arguments());
      allowed.rest().ifPresent(one::setRest);
      to.addCommands(one);
    }
    return to.build();
  }

  static Setup read(dev.holdfast.protocol.journal.v1.Setup from) {
    var start = from.getStart();
    var limits = from.getLimits();
    return new Setup(
        from.getProfile(),
        from.getVersion(),
        from.getPrincipalsList(),
        new Start(
            start.getUser(),
            start.getEnvironmentMap(),
            start.getDirectory(),
            start.getScript(),
            Values.read(start.getTimeout())),
        new Limits(
            Values.read(limits.getJobTime()),
            Values.read(limits.getSessionTime()),
            limits.hasParkAfter()
                ? Optional.of(Values.read(limits.getParkAfter()))
                : Optional.empty(),
            limits.getSelfRepairs(),
            limits.getOutputLimit(),
            limits.getDrop()),
        from.hasRestriction() ? Optional.of(read(from.getRestriction())) : Optional.empty());
  }

  private static Restriction read(dev.holdfast.protocol.journal.v1.Setup.Restriction from) {
    return new Restriction(
        from.getCommandsList().stream()
            .map(
                allowed ->
                    new Restriction.Allowed(
                        allowed.getCommand(),
                        allowed.getArgumentsList(),
                        allowed.hasRest() ? Optional.of(allowed.getRest()) : Optional.empty()))
            .toList());
  }
}
