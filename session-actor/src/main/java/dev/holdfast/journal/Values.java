package dev.holdfast.journal;

import com.google.protobuf.Timestamp;
import dev.holdfast.protocol.journal.v1.LostReason;
import dev.holdfast.protocol.journal.v1.Terminal;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Copy;
import dev.holdfast.session.Disconnected.Reason;
import dev.holdfast.session.Event;
import dev.holdfast.session.JobRequest;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Outcome;
import dev.holdfast.session.Setup;
import dev.holdfast.session.Terms;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** The values inside events, to and from {@code journal.proto}. */
public final class Values {

  private Values() {}

  public static Timestamp write(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  public static Instant read(Timestamp at) {
    return Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
  }

  public static com.google.protobuf.Duration write(Duration length) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(length.getSeconds())
        .setNanos(length.getNano())
        .build();
  }

  public static Duration read(com.google.protobuf.Duration length) {
    return Duration.ofSeconds(length.getSeconds(), length.getNanos());
  }

  public static dev.holdfast.protocol.journal.v1.Origin write(Origin origin) {
    return dev.holdfast.protocol.journal.v1.Origin.newBuilder()
        .setWho(origin.who())
        .setTenant(origin.tenant())
        .setFrom(origin.from())
        .build();
  }

  public static Origin read(dev.holdfast.protocol.journal.v1.Origin origin) {
    return new Origin(origin.getWho(), origin.getTenant(), origin.getFrom());
  }

  public static dev.holdfast.protocol.journal.v1.Cause write(Cause cause) {
    return dev.holdfast.protocol.journal.v1.Cause.newBuilder()
        .setKind(cause.kind())
        .setText(cause.text())
        .setAdvice(cause.advice())
        .build();
  }

  public static Cause read(dev.holdfast.protocol.journal.v1.Cause cause) {
    return new Cause(cause.getKind(), cause.getText(), cause.getAdvice());
  }

  static Optional<Cause> read(boolean there, dev.holdfast.protocol.journal.v1.Cause cause) {
    return there ? Optional.of(read(cause)) : Optional.empty();
  }

  public static dev.holdfast.protocol.journal.v1.Terms write(Terms terms) {
    var to =
        dev.holdfast.protocol.journal.v1.Terms.newBuilder()
            .setName(terms.name())
            .setTarget(terms.target())
            .setShell(terms.shell())
            .putAllLabels(terms.labels())
            .setIdleTimeout(write(terms.idleTimeout()))
            .setConnectTimeout(write(terms.connectTimeout()))
            .setQueueLength(terms.queueLength())
            .setQueueBytes(terms.queueBytes())
            .setJobsKept(terms.jobsKept())
            .setParent(terms.parent());
    if (!terms.removeAfter().isZero()) {
      to.setRemoveAfter(write(terms.removeAfter()));
    }
    if (!terms.setup().equals(Setup.NONE)) {
      to.setSetup(Setups.write(terms.setup()));
    }
    return to.build();
  }

  public static Terms read(dev.holdfast.protocol.journal.v1.Terms terms) {
    return new Terms(
        terms.getName(),
        terms.getTarget(),
        terms.getShell(),
        terms.getLabelsMap(),
        read(terms.getIdleTimeout()),
        read(terms.getConnectTimeout()),
        terms.getQueueLength(),
        terms.getQueueBytes(),
        terms.getJobsKept(),
        terms.getParent(),
        read(terms.getRemoveAfter()),
        terms.hasSetup() ? Setups.read(terms.getSetup()) : Setup.NONE);
  }

  public static dev.holdfast.protocol.journal.v1.JobRequest write(JobRequest request) {
    var written =
        dev.holdfast.protocol.journal.v1.JobRequest.newBuilder()
            .setKey(request.key())
            .setLabel(request.label())
            .setScript(request.script())
            .setTimeout(write(request.timeout()))
            .setOutputLimit(request.outputLimit())
            .setDrop(request.drop())
            .setHasInput(request.hasInput())
            .addAllArgv(request.argv());
    request
        .terminal()
        .ifPresent(
            terminal ->
                written.setTerminal(
                    Terminal.newBuilder().setIdleTimeout(write(terminal.idleTimeout()))));
    return written.build();
  }

  public static JobRequest read(dev.holdfast.protocol.journal.v1.JobRequest request) {
    return new JobRequest(
        request.getKey(),
        request.getLabel(),
        request.getScript(),
        read(request.getTimeout()),
        request.getOutputLimit(),
        request.getDrop(),
        request.getHasInput(),
        request.getArgvList(),
        request.hasTerminal()
            ? Optional.of(new JobRequest.Terminal(read(request.getTerminal().getIdleTimeout())))
            : Optional.empty());
  }

  static dev.holdfast.protocol.journal.v1.Outcome write(Outcome outcome) {
    var written =
        dev.holdfast.protocol.journal.v1.Outcome.newBuilder()
            .setKind(
                switch (outcome.kind()) {
                  case SUCCEEDED -> dev.holdfast.protocol.journal.v1.Outcome.Kind.SUCCEEDED;
                  case FAILED -> dev.holdfast.protocol.journal.v1.Outcome.Kind.FAILED;
                  case STOPPED -> dev.holdfast.protocol.journal.v1.Outcome.Kind.STOPPED;
                  case TIMED_OUT -> dev.holdfast.protocol.journal.v1.Outcome.Kind.TIMED_OUT;
                  case NEVER_STARTED -> dev.holdfast.protocol.journal.v1.Outcome.Kind.NEVER_STARTED;
                  case INTERRUPTED -> dev.holdfast.protocol.journal.v1.Outcome.Kind.INTERRUPTED;
                  case UNKNOWN -> dev.holdfast.protocol.journal.v1.Outcome.Kind.UNKNOWN;
                });
    outcome.exitCode().ifPresent(written::setExitCode);
    outcome.cause().map(Values::write).ifPresent(written::setCause);
    return written.build();
  }

  static Outcome read(dev.holdfast.protocol.journal.v1.Outcome outcome) {
    return new Outcome(
        switch (outcome.getKind()) {
          case SUCCEEDED -> Outcome.Kind.SUCCEEDED;
          case FAILED -> Outcome.Kind.FAILED;
          case STOPPED -> Outcome.Kind.STOPPED;
          case TIMED_OUT -> Outcome.Kind.TIMED_OUT;
          case NEVER_STARTED -> Outcome.Kind.NEVER_STARTED;
          case INTERRUPTED -> Outcome.Kind.INTERRUPTED;
          case UNKNOWN, KIND_UNSPECIFIED, UNRECOGNIZED -> Outcome.Kind.UNKNOWN;
        },
        outcome.hasExitCode() ? OptionalInt.of(outcome.getExitCode()) : OptionalInt.empty(),
        read(outcome.hasCause(), outcome.getCause()));
  }

  public static dev.holdfast.protocol.journal.v1.Copy write(Copy copy) {
    return dev.holdfast.protocol.journal.v1.Copy.newBuilder()
        .setKey(copy.key())
        .setUp(copy.up())
        .setPath(copy.path())
        .build();
  }

  public static Copy read(dev.holdfast.protocol.journal.v1.Copy copy) {
    return new Copy(copy.getKey(), copy.getUp(), copy.getPath());
  }

  public static dev.holdfast.protocol.journal.v1.CopyEnded write(Event.CopyEnded end) {
    var written =
        dev.holdfast.protocol.journal.v1.CopyEnded.newBuilder()
            .setCopy(write(end.copy()))
            .setFiles(end.files())
            .setBytes(end.bytes());
    end.failure().map(Values::write).ifPresent(written::setFailure);
    return written.build();
  }

  public static Event.CopyEnded read(dev.holdfast.protocol.journal.v1.CopyEnded end) {
    return new Event.CopyEnded(
        read(end.getCopy()),
        end.getFiles(),
        end.getBytes(),
        read(end.hasFailure(), end.getFailure()));
  }

  static LostReason write(Reason reason) {
    return switch (reason) {
      case ASKED -> LostReason.ASKED;
      case LINK_LOST -> LostReason.LINK_LOST;
      case NODE_RESTARTED -> LostReason.NODE_RESTARTED;
      case REPAIRING -> LostReason.REPAIRING;
      case PARKED -> LostReason.PARKED;
      case EXPIRING -> LostReason.EXPIRING;
    };
  }

  static Reason read(LostReason reason) {
    return switch (reason) {
      case ASKED -> Reason.ASKED;
      case NODE_RESTARTED -> Reason.NODE_RESTARTED;
      case REPAIRING -> Reason.REPAIRING;
      case PARKED -> Reason.PARKED;
      case EXPIRING -> Reason.EXPIRING;
      case LINK_LOST, LOST_REASON_UNSPECIFIED, UNRECOGNIZED -> Reason.LINK_LOST;
    };
  }
}
