package dev.holdfast.directory;

import dev.holdfast.profile.Census;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Removing;
import dev.holdfast.session.Session;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Counts the sessions that somebody has with a profile; one that is being removed is no more, and
 * one that works beside another is part of that.
 */
public final class Headcount implements Census {

  private final Directory directory;

  public Headcount(Directory directory) {
    this.directory = directory;
  }

  @Override
  public Set<String> open(String tenant, String profile, String who) {
    return directory
        .of(tenant)
        .filter(session -> !isOver(session))
        .map(Session::core)
        .filter(core -> core.terms().parent().isEmpty())
        .filter(core -> core.terms().setup().profile().equals(profile))
        .filter(core -> core.owner().who().equals(who))
        .map(core -> core.id())
        .collect(Collectors.toSet());
  }

  @Override
  public boolean hasEnded(String session) {
    return directory.get(session).filter(Headcount::isOver).isPresent();
  }

  private static boolean isOver(Session session) {
    return session instanceof Closed || session instanceof Removing;
  }
}
