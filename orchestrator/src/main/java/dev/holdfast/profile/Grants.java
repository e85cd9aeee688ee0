package dev.holdfast.profile;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Sessions that were granted and that the census may not have heard of yet. Without them, two that
 * are asked for at once would both be the last that somebody may have. Kept for a minute each.
 */
final class Grants {

  private static final Duration KEPT = Duration.ofMinutes(1);

  private final Census census;
  private final String tenant;
  private final Map<String, Grant> granted = new HashMap<>();

  private record Grant(String profile, String who, Instant until) {}

  Grants(Census census, String tenant) {
    this.census = census;
    this.tenant = tenant;
  }

  /** How many others somebody has. */
  int others(String profile, String who, String session, Instant now) {
    granted
        .entrySet()
        .removeIf(it -> it.getValue().until().isBefore(now) || census.hasEnded(it.getKey()));
    var ids = new TreeSet<>(census.open(tenant, profile, who));
    granted.forEach(
        (id, grant) -> {
          if (grant.profile().equals(profile) && grant.who().equals(who)) {
            ids.add(id);
          }
        });
    ids.remove(session);
    return ids.size();
  }

  void add(String profile, String who, String session, Instant now) {
    granted.put(session, new Grant(profile, who, now.plus(KEPT)));
  }
}
