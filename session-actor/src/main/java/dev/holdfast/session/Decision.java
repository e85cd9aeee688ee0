package dev.holdfast.session;

import java.util.List;

/** The outcome of one command: the events to write, then the work to do, and the reply. */
public record Decision(List<Event> events, List<Action> actions, Reply reply) {

  public Decision {
    events = List.copyOf(events);
    actions = List.copyOf(actions);
  }

  /** Nothing to do; it is so already, or it does not matter any more. */
  public static Decision nothing() {
    return new Decision(List.of(), List.of(), Reply.ACCEPTED);
  }

  /** Nothing is done, and this is why. */
  public static Decision refuse(Cause cause) {
    return new Decision(List.of(), List.of(), new Reply.Refused(cause));
  }
}
