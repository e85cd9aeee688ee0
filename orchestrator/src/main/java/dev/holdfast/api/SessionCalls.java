package dev.holdfast.api;

import dev.holdfast.directory.Cursor;
import dev.holdfast.directory.Query;
import dev.holdfast.directory.Selector;
import dev.holdfast.directory.State;
import dev.holdfast.profile.Document;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.ListHistoryResponse;
import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.ListSessionsResponse;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionActRequest;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.session.Broken;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Command;
import dev.holdfast.session.Disconnected;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Terms;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * The calls of the Sessions service. Selecting and listing ask the directory, acts ask the session.
 */
public final class SessionCalls extends SessionsGrpc.SessionsImplBase {

  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

  private final Access access;
  private final Beside beside;
  private final Administrators administrators;
  private final ProfileCalls.ProfileAsks profiles;
  private final Granting granting;
  private final History history;

  /** What was done with a session, read from the journal. */
  @FunctionalInterface
  public interface History {
    /** Entries with numbers greater than {@code after}, in order, at most {@code max}. */
    CompletionStage<List<HistoryEntry>> read(String session, long after, int max);
  }

  public SessionCalls(
      dev.holdfast.directory.Directory directory,
      Asks asks,
      Administrators administrators,
      ProfileCalls.ProfileAsks profiles,
      Bounds bounds,
      History history) {
    this.access = new Access(directory, asks, administrators);
    this.administrators = administrators;
    this.profiles = profiles;
    this.granting = new Granting(bounds);
    this.beside = new Beside(access);
    this.history = history;
  }

  // ---- opening

  @Override
  public void createSession(CreateSessionRequest request, StreamObserver<Session> caller) {
    Calls.answerWaiting(
        caller,
        gone -> {
          Origin by = Caller.current();
          Optional<String> key = Fields.key(request.getKey());
          String id = key.map(it -> Ids.of(by.tenant(), it)).orElseGet(Ids::fresh);
          return terms(request, id, by)
              .thenCompose(terms -> access.open(id, terms, by, gone))
              .thenApply(session -> Views.session(session));
        });
  }

  private CompletionStage<Terms> terms(CreateSessionRequest request, String id, Origin by) {
    String profile = request.getProfile();
    if (profile.isEmpty()) {
      administrators.check(by, "open sessions without a profile");
      return CompletableFuture.completedStage(granting.terms(request, Optional.empty()));
    }
    Fields.check(Document.isName(profile), "profile", "is no name of a profile");
    return (request.getKey().isEmpty()
            ? CompletableFuture.completedStage(Optional.<dev.holdfast.session.Session>empty())
            : access.known(id, by))
        .thenCompose(
            known ->
                known
                    .map(session -> session.core().terms())
                    .filter(terms -> terms.setup().profile().equals(profile))
                    .map(terms -> CompletableFuture.completedStage(again(request, terms)))
                    .orElseGet(
                        () ->
                            profiles
                                .use(profile, id, by)
                                .thenApply(it -> granting.terms(request, Optional.of(it)))));
  }

  /**
   * The terms of a session that is asked for again with its key. Its profile may have changed since
   * then, and has no say in it any more.
   */
  private Terms again(CreateSessionRequest request, Terms terms) {
    Terms asked = granting.terms(request, Optional.empty());
    return asked.name().equals(terms.name())
            && asked.target().equals(terms.target())
            && asked.labels().equals(terms.labels())
        ? terms
        : asked;
  }

  // ---- looking

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<Session> caller) {
    Calls.answer(
        caller,
        () ->
            access
                .look(Fields.selector("id", request.getId()), Caller.current())
                .thenApply(Views::session));
  }

  @Override
  public void listSessions(
      ListSessionsRequest request, StreamObserver<ListSessionsResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          var page = access.directory().list(query(request, Caller.current()));
          var answer =
              ListSessionsResponse.newBuilder()
                  .setAsOf(Views.time(page.asOf()))
                  .setTotal(page.total());
          page.sessions().forEach(session -> answer.addSessions(Views.session(session)));
          page.next().map(Cursor::token).ifPresent(answer::setNextPageToken);
          return CompletableFuture.completedStage(answer.build());
        });
  }

  private static Query query(ListSessionsRequest request, Origin by) {
    Optional<Cursor> after =
        request.getPageToken().isEmpty() ? Optional.empty() : Cursor.of(request.getPageToken());
    Fields.check(
        request.getPageToken().isEmpty() || after.isPresent(),
        "page_token",
        "is none that this API has given");
    return new Query(
        by.tenant(),
        states(request.getStatesList()),
        given(request.getTarget()),
        given(request.getName()).map(Query.Glob::new),
        labels(request.getLabelsList()),
        given(request.getSelector()).map(text -> Selector.parse(Fields.selector("selector", text))),
        after,
        Fields.pageSize(request.getPageSize()));
  }

  private static Optional<String> given(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private static Set<State> states(List<SessionState> states) {
    Set<State> wanted = EnumSet.noneOf(State.class);
    for (SessionState state : states) {
      Fields.check(
          state != SessionState.SESSION_STATE_UNSPECIFIED && state != SessionState.UNRECOGNIZED,
          "states",
          "must be of OPENED, DISCONNECTED, BROKEN and CLOSED");
      wanted.add(State.valueOf(state.name()));
    }
    return wanted;
  }

  private static Map<String, Optional<String>> labels(List<String> labels) {
    Map<String, Optional<String>> wanted = new HashMap<>();
    for (String label : labels) {
      int equals = label.indexOf('=');
      String key = equals < 0 ? label : label.substring(0, equals);
      Fields.check(!key.isEmpty(), "labels", "must be KEY=VALUE or KEY");
      wanted.put(key, equals < 0 ? Optional.empty() : Optional.of(label.substring(equals + 1)));
    }
    return wanted;
  }

  @Override
  public void listHistory(ListHistoryRequest request, StreamObserver<ListHistoryResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          int size = Fields.pageSize(request.getPageSize());
          long after = number(request.getPageToken());
          return access
              .find(Fields.selector("id", request.getId()), Caller.current())
              .thenCompose(session -> history.read(session.core().id(), after, size + 1))
              .thenApply(entries -> page(entries, size));
        });
  }

  private static ListHistoryResponse page(List<HistoryEntry> entries, int size) {
    var page = entries.subList(0, Math.min(size, entries.size()));
    var answer = ListHistoryResponse.newBuilder().addAllEntries(page);
    if (entries.size() > size) {
      answer.setNextPageToken(Long.toString(page.get(size - 1).getNumber()));
    }
    return answer.build();
  }

  private static long number(String token) {
    Fields.check(token.matches("[0-9]{0,18}"), "page_token", "is none that this API has given");
    return token.isEmpty() ? 0 : Long.parseLong(token);
  }

  // ---- acts

  @Override
  public void disconnectSession(SessionActRequest request, StreamObserver<Session> caller) {
    Calls.answer(
        caller,
        () ->
            access
                .ask(selector(request), new Command.Disconnect(), Caller.current())
                .thenApply(answer -> Views.session(answer.session())));
  }

  @Override
  public void connectSession(SessionActRequest request, StreamObserver<Session> caller) {
    Calls.answerWaiting(caller, gone -> reach(selector(request), gone, new Command.Connect()));
  }

  @Override
  public void repairSession(SessionActRequest request, StreamObserver<Session> caller) {
    Calls.answerWaiting(caller, gone -> reach(selector(request), gone, new Command.Repair()));
  }

  private static String selector(SessionActRequest request) {
    Fields.key(request.getKey());
    return Fields.selector("id", request.getId());
  }

  /** Asks for a link and waits until it is up or the attempt has failed. */
  private CompletionStage<Session> reach(
      String selector, CompletableFuture<Void> gone, Command command) {
    return access
        .ask(selector, command, Caller.current())
        .thenCompose(
            answer -> {
              var asked = answer.session();
              Predicate<dev.holdfast.session.Session> decided =
                  session ->
                      session instanceof Opened
                          || session instanceof Broken
                          || session instanceof Closed
                          || (session != asked
                              && session instanceof Disconnected disconnected
                              && disconnected.lastFailure().isPresent());
              return access.until(
                  asked, asked.core().terms().connectTimeout().plus(Access.SLACK), gone, decided);
            })
        .thenApply(
            session -> {
              if (session instanceof Opened) {
                return Views.session(session);
              }
              Optional<Cause> failure = Views.failure(session);
              throw failure.isPresent()
                  ? Refusal.of(failure.get())
                  : Access.stillTrying("connected");
            });
  }

  @Override
  public void removeSession(RemoveSessionRequest request, StreamObserver<Session> caller) {
    Calls.answerWaiting(
        caller,
        gone -> {
          Fields.key(request.getKey());
          Duration wait =
              Fields.duration(
                  "wait",
                  request::hasWait,
                  request.getWait(),
                  Duration.ofSeconds(30),
                  Duration.ZERO,
                  TEN_MINUTES);
          Origin by = Caller.current();
          boolean force = request.getForce();
          return access
              .find(Fields.selector("id", request.getId()), by)
              .thenCompose(
                  session ->
                      beside.remove(session.core().id(), force, by).thenApply(done -> session))
              .thenCompose(session -> access.ask(session, new Command.Remove(force), by))
              .thenCompose(
                  answer ->
                      access.until(
                          answer.session(), wait, gone, session -> session instanceof Closed))
              .thenApply(session -> Views.session(session));
        });
  }
}
