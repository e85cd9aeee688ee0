package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Session;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What to call the sessions of a run: the name, or the id when the run has the name twice. */
final class Names {

  private final Map<String, Integer> uses = new HashMap<>();

  Names(List<Session> sessions) {
    sessions.forEach(session -> uses.merge(session.getName(), 1, Integer::sum));
  }

  String of(Session session) {
    return of(session.getName(), session.getId());
  }

  String of(Result result) {
    return of(result.name(), result.session());
  }

  private String of(String name, String id) {
    return uses.getOrDefault(name, 0) == 1 && !name.isEmpty() ? name : id;
  }
}
