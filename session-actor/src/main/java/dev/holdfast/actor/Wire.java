package dev.holdfast.actor;

import dev.holdfast.journal.Snapshots;
import dev.holdfast.journal.Values;
import dev.holdfast.protocol.cluster.v1.Accepted;
import dev.holdfast.protocol.cluster.v1.Ask;
import dev.holdfast.protocol.cluster.v1.Connect;
import dev.holdfast.protocol.cluster.v1.Disconnect;
import dev.holdfast.protocol.cluster.v1.GiveInput;
import dev.holdfast.protocol.cluster.v1.Look;
import dev.holdfast.protocol.cluster.v1.MarkRead;
import dev.holdfast.protocol.cluster.v1.Park;
import dev.holdfast.protocol.cluster.v1.Remove;
import dev.holdfast.protocol.cluster.v1.Repair;
import dev.holdfast.protocol.cluster.v1.StayInUse;
import dev.holdfast.protocol.journal.v1.CancelAsked;
import dev.holdfast.protocol.journal.v1.CopyBegun;
import dev.holdfast.protocol.journal.v1.InputEnded;
import dev.holdfast.protocol.journal.v1.JobMoved;
import dev.holdfast.protocol.journal.v1.Requested;
import dev.holdfast.session.Command;
import dev.holdfast.session.Event;
import dev.holdfast.session.Reply;
import java.util.OptionalInt;
import org.apache.pekko.actor.typed.ActorRefResolver;

/**
 * Asks and answers to and from {@code cluster.proto}. Reports, Wake, Expire never leave their node.
 */
final class Wire {

  /** As many ended jobs as a session keeps by default; without scripts they fit into a message. */
  private static final int ENDED_TOLD = 1_000;

  private Wire() {}

  static Ask write(Message.Ask ask, ActorRefResolver resolver) {
    var to =
        Ask.newBuilder()
            .setReplyTo(resolver.toSerializationFormat(ask.replyTo()))
            .setBy(Values.write(ask.by()));
    Command command = ask.command();
    if (command instanceof Command.Open c) {
      to.setOpen(
          Requested.newBuilder()
              .setId(c.id())
              .setTerms(Values.write(c.terms()))
              .setOwner(Values.write(c.owner())));
    } else if (command instanceof Command.Submit c) {
      to.setBy(Values.write(c.by())).setSubmit(Values.write(c.request()));
    } else if (command instanceof Command.Cancel c) {
      to.setCancel(CancelAsked.newBuilder().setNumber(c.job()).setGrace(Values.write(c.grace())));
    } else if (command instanceof Command.Move c) {
      to.setMove(JobMoved.newBuilder().setNumber(c.job()).setPosition(c.position()));
    } else if (command instanceof Command.GiveInput c) {
      to.setGiveInput(GiveInput.newBuilder().setNumber(c.job()));
    } else if (command instanceof Command.EndInput c) {
      to.setEndInput(InputEnded.newBuilder().setNumber(c.job()).setSize(c.size()));
    } else if (command instanceof Command.MarkRead c) {
      to.setMarkRead(MarkRead.newBuilder().setNumber(c.job()).setOut(c.out()).setErr(c.err()));
    } else if (command instanceof Command.Disconnect) {
      to.setDisconnect(Disconnect.getDefaultInstance());
    } else if (command instanceof Command.Connect) {
      to.setConnect(Connect.getDefaultInstance());
    } else if (command instanceof Command.Repair) {
      to.setRepair(Repair.getDefaultInstance());
    } else if (command instanceof Command.Remove c) {
      to.setRemove(Remove.newBuilder().setForce(c.force()));
    } else if (command instanceof Command.Look) {
      to.setLook(Look.getDefaultInstance());
    } else if (command instanceof Command.Park) {
      to.setPark(Park.getDefaultInstance());
    } else if (command instanceof Command.BeginCopy c) {
      to.setBeginCopy(CopyBegun.newBuilder().setCopy(Values.write(c.copy())));
    } else if (command instanceof Command.EndCopy c) {
      to.setEndCopy(Values.write(new Event.CopyEnded(c.copy(), c.files(), c.bytes(), c.failure())));
    } else if (command instanceof Command.StayInUse) {
      to.setStayInUse(StayInUse.getDefaultInstance());
    } else {
      throw new IllegalArgumentException(
          command.getClass().getSimpleName() + " never leaves its node");
    }
    return to.build();
  }

  static Message.Ask read(Ask ask, ActorRefResolver resolver) {
    return new Message.Ask(
        command(ask), Values.read(ask.getBy()), resolver.resolveActorRef(ask.getReplyTo()));
  }

  private static Command command(Ask ask) {
    return switch (ask.getCommandCase()) {
      case OPEN ->
          new Command.Open(
              ask.getOpen().getId(),
              Values.read(ask.getOpen().getTerms()),
              Values.read(ask.getOpen().getOwner()));
      case SUBMIT -> new Command.Submit(Values.read(ask.getSubmit()), Values.read(ask.getBy()));
      case CANCEL ->
          new Command.Cancel(ask.getCancel().getNumber(), Values.read(ask.getCancel().getGrace()));
      case MOVE -> new Command.Move(ask.getMove().getNumber(), ask.getMove().getPosition());
      case GIVE_INPUT -> new Command.GiveInput(ask.getGiveInput().getNumber());
      case END_INPUT ->
          new Command.EndInput(ask.getEndInput().getNumber(), ask.getEndInput().getSize());
      case MARK_READ ->
          new Command.MarkRead(
              ask.getMarkRead().getNumber(),
              ask.getMarkRead().getOut(),
              ask.getMarkRead().getErr());
      case DISCONNECT -> new Command.Disconnect();
      case CONNECT -> new Command.Connect();
      case REPAIR -> new Command.Repair();
      case REMOVE -> new Command.Remove(ask.getRemove().getForce());
      case LOOK -> new Command.Look();
      case PARK -> new Command.Park();
      case BEGIN_COPY -> new Command.BeginCopy(Values.read(ask.getBeginCopy().getCopy()));
      case END_COPY -> {
        Event.CopyEnded end = Values.read(ask.getEndCopy());
        yield new Command.EndCopy(end.copy(), end.files(), end.bytes(), end.failure());
      }
      case STAY_IN_USE -> new Command.StayInUse();
      case COMMAND_NOT_SET ->
          throw new IllegalArgumentException(
              "a command that this version does not know; is it from a newer node?");
    };
  }

  static dev.holdfast.protocol.cluster.v1.Answer write(Answer answer) {
    var to =
        dev.holdfast.protocol.cluster.v1.Answer.newBuilder()
            .setSession(Snapshots.forOthers(answer.session(), ENDED_TOLD));
    if (answer.reply() instanceof Reply.Refused refused) {
      to.setRefused(Values.write(refused.cause()));
    } else if (answer.reply() instanceof Reply.Accepted accepted) {
      var there = Accepted.newBuilder();
      accepted.job().ifPresent(there::setJob);
      to.setAccepted(there);
    }
    return to.build();
  }

  static Answer read(dev.holdfast.protocol.cluster.v1.Answer answer) {
    Reply reply =
        answer.hasRefused()
            ? new Reply.Refused(Values.read(answer.getRefused()))
            : new Reply.Accepted(
                answer.getAccepted().hasJob()
                    ? OptionalInt.of(answer.getAccepted().getJob())
                    : OptionalInt.empty());
    return new Answer(reply, Snapshots.read(answer.getSession()));
  }
}
