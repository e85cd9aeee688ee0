package dev.holdfast.directory;

import dev.holdfast.session.Broken;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Session;

/** PowerShell's session states, as every viewer sees them. */
public enum State {
  OPENED,
  DISCONNECTED,
  BROKEN,
  CLOSED;

  /** How a session is shown: Opening and Removing are shown as Disconnected. */
  public static State of(Session session) {
    if (session instanceof Opened) {
      return OPENED;
    } else if (session instanceof Broken) {
      return BROKEN;
    } else if (session instanceof Closed) {
      return CLOSED;
    }
    return DISCONNECTED;
  }
}
