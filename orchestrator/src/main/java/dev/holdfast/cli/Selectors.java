package dev.holdfast.cli;

import dev.holdfast.protocol.v1.GetSessionRequest;
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
  private static final String LABEL = "label:";

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
    return found.isEmpty() ? List.of(known(selector)) : found;
  }

  /** A session that no selector means any more: the server says of what is done to it why not. */
  private Session known(String id) {
    if (id.startsWith(LABEL)) {
      throw Failed.refused(
          "not-found",
          "no session has the label " + id.substring(LABEL.length()),
          "`holdfast list` shows the sessions and their labels");
    }
    var request = GetSessionRequest.newBuilder().setId(id).build();
    return client.sessions(sessions -> sessions.getSession(request));
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
