package dev.holdfast.cli;

import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.Session;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;

/**
 * Which sessions are meant: an id, the beginning of one (4 characters or more), a name, or {@code
 * label:key=value}. The server decides; a selector that means no session is an error, never an
 * empty answer.
 */
final class Selectors {

  private static final int PAGE = 1000;

  private final Client client;

  Selectors(Client client) {
    this.client = client;
  }

  /** The sessions that any of the selectors means, each once, in the order of the selectors. */
  List<Session> all(List<String> selectors) {
    var found = new LinkedHashMap<String, Session>();
    for (String selector : selectors) {
      for (Session session : matching(selector)) {
        found.putIfAbsent(session.getId(), session);
      }
    }
    return List.copyOf(found.values());
  }

  /** The one session that the selector means. */
  Session one(String selector) {
    var found = matching(selector);
    if (found.size() > 1) {
      throw Failed.refused(
          "ambiguous",
          "'" + selector + "' means " + found.size() + " sessions: " + some(found),
          "give more of the id; `holdfast list` shows them");
    }
    return found.get(0);
  }

  private List<Session> matching(String selector) {
    var found = new ArrayList<Session>();
    pages(ListSessionsRequest.newBuilder().setSelector(selector), found::addAll);
    if (found.isEmpty()) {
      throw Failed.refused(
          "not-found",
          "no session is meant by '" + selector + "'",
          "`holdfast list` shows the sessions; a shortened id needs 4 characters");
    }
    return found;
  }

  /** Gives every page of the sessions asked for. */
  void pages(ListSessionsRequest.Builder request, Consumer<List<Session>> each) {
    request.setPageSize(PAGE);
    do {
      var page = client.sessions(sessions -> sessions.listSessions(request.build()));
      each.accept(page.getSessionsList());
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
  }

  private static String some(List<Session> sessions) {
    var ids = sessions.stream().limit(5).map(Session::getId).toList();
    return String.join(", ", ids) + (sessions.size() > 5 ? ", ..." : "");
  }
}
