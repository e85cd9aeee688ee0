package dev.holdfast.directory;

import dev.holdfast.session.Closed;
import dev.holdfast.session.Session;
import java.util.Map;
import java.util.Optional;

/**
 * One session as the directory knows it: the very value that its actor has. What is asked for often
 * is read out of it here.
 *
 * @param node the address of the node that keeps it
 */
public record Row(Session session, String node) {

  String id() {
    return session.core().id();
  }

  String tenant() {
    return session.core().owner().tenant();
  }

  String name() {
    return session.core().terms().name();
  }

  State state() {
    return State.of(session);
  }

  boolean isLive() {
    return !(session instanceof Closed);
  }

  Cursor place() {
    return new Cursor(session.core().createdAt(), id());
  }

  /** The session that it works beside; empty for most. */
  String beside() {
    return session.core().terms().parent();
  }

  boolean has(Map.Entry<String, Optional<String>> label) {
    if (label.getKey().equals(Query.BESIDE)) {
      return !beside().isEmpty() && label.getValue().map(beside()::equals).orElse(true);
    }
    String value = session.core().terms().labels().get(label.getKey());
    return value != null && label.getValue().map(value::equals).orElse(true);
  }

  boolean isOn(String wanted) {
    String target = session.core().terms().target();
    return target.equals(wanted) || host(target).equals(wanted);
  }

  /** The host of a canonical target URL; empty for {@code local:}. */
  private static String host(String target) {
    int from = target.indexOf("://");
    if (from < 0) {
      return "";
    }
    String rest = target.substring(Math.max(from + 3, target.lastIndexOf('@') + 1));
    if (rest.startsWith("[")) {
      return rest.substring(1, rest.indexOf(']'));
    }
    int colon = rest.indexOf(':');
    return colon < 0 ? rest : rest.substring(0, colon);
  }
}
