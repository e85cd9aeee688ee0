package dev.holdfast.chronicle;

import dev.holdfast.protocol.cluster.v1.SessionMark;
import dev.holdfast.protocol.cluster.v1.ToldSoFar;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far a chronicle has told each session: what keeps an event from being told twice. It grows
 * with the sessions that live; of those that have ended the last {@value #CLOSED_KNOWN} are known,
 * and of what ended before them it is known that it was told.
 *
 * <p>Mutable, and used by its actor alone.
 */
final class SoFar {

  static final int CLOSED_KNOWN = 10_000;
  private static final String LAST = "session-closed";

  private final Map<String, Long> living = new HashMap<>();
  private final Map<String, SessionMark> closed = new LinkedHashMap<>();
  private long forgottenMillis;
  private long term;

  long term() {
    return term;
  }

  void note(Told told) {
    term = told.term();
    for (var entry : told.entries()) {
      if (entry.getWhat().equals(LAST) || closed.containsKey(entry.getSession())) {
        living.remove(entry.getSession());
        closed.put(
            entry.getSession(),
            mark(entry.getSession(), entry.getNumber()).toBuilder()
                .setClosedMillis(entry.getAt().getSeconds() * 1000)
                .build());
      } else {
        living.put(entry.getSession(), entry.getNumber());
      }
    }
    for (Iterator<SessionMark> oldest = closed.values().iterator();
        closed.size() > CLOSED_KNOWN; ) {
      forgottenMillis = Math.max(forgottenMillis, oldest.next().getClosedMillis());
      oldest.remove();
    }
  }

  /** Up to which number a session is told; 0 when it is not known. */
  long of(String session) {
    SessionMark ended = closed.get(session);
    return ended == null ? living.getOrDefault(session, 0L) : ended.getNumber();
  }

  /** Whether there is something behind this mark that was not told. */
  boolean owes(SessionMark mark) {
    long known = of(mark.getSession());
    boolean toldAndForgotten =
        known == 0 && mark.getClosedMillis() > 0 && mark.getClosedMillis() <= forgottenMillis;
    return known < mark.getNumber() && !toldAndForgotten;
  }

  /** What the one who has set the mark is to hear. */
  SessionMark told(SessionMark mark) {
    return owes(mark)
        ? mark(mark.getSession(), of(mark.getSession()))
        : mark(mark.getSession(), Math.max(mark.getNumber(), of(mark.getSession())));
  }

  static SessionMark mark(String session, long number) {
    return SessionMark.newBuilder().setSession(session).setNumber(number).build();
  }

  ToldSoFar write() {
    List<SessionMark> all =
        living.entrySet().stream().map(it -> mark(it.getKey(), it.getValue())).toList();
    return ToldSoFar.newBuilder()
        .addAllLiving(all)
        .addAllClosed(closed.values())
        .setForgottenMillis(forgottenMillis)
        .setTerm(term)
        .build();
  }

  static SoFar read(ToldSoFar from) {
    var soFar = new SoFar();
    from.getLivingList().forEach(it -> soFar.living.put(it.getSession(), it.getNumber()));
    from.getClosedList().forEach(it -> soFar.closed.put(it.getSession(), it));
    soFar.forgottenMillis = from.getForgottenMillis();
    soFar.term = from.getTerm();
    return soFar;
  }
}
