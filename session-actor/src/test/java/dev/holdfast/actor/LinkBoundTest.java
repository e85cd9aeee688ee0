package dev.holdfast.actor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.session.Core;
import dev.holdfast.session.Disconnected;
import dev.holdfast.session.Event;
import dev.holdfast.session.Job;
import dev.holdfast.session.JobRequest;
import dev.holdfast.session.Jobs;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinkBoundTest {

  private final List<String> parked = new ArrayList<>();
  private final LinkBound bound = new LinkBound(2, parked::add);

  @Test
  void theOneThatNobodyHasUsedForLongestIsParked() {
    use(idle("a"));
    use(idle("b"));
    use(idle("a"));
    assertEquals(List.of(), parked);
    use(idle("c"));
    assertEquals(List.of("b"), parked);
  }

  @Test
  void toBeLookedAtIsNotToBeUsed() {
    use(idle("a"));
    use(idle("b"));
    bound.changed(idle("a"));
    use(idle("c"));
    assertEquals(List.of("a"), parked);
  }

  @Test
  void whoHasWorkKeepsItsLink() {
    use(busy("a"));
    use(busy("b"));
    use(busy("c"));
    assertEquals(List.of(), parked);
    use(idle("b"));
    assertEquals(List.of("b"), parked);
  }

  @Test
  void whoIsNotOpenedOrIsKeptElsewhereIsNotCounted() {
    use(idle("a"));
    use(idle("b"));
    use(new Disconnected(idle("a").core(), Disconnected.Reason.ASKED, Optional.empty()));
    bound.left("b");
    use(idle("c"));
    use(idle("d"));
    assertEquals(List.of(), parked);
  }

  private void use(Session session) {
    bound.happened(session, List.of(new Event.LinkOpened("boot", 1)));
    bound.changed(session);
  }

  private static Session idle(String id) {
    return opened(id, Jobs.NONE);
  }

  private static Session busy(String id) {
    var request = new JobRequest("key", "label", "true", Duration.ZERO, 0, false, false);
    var job = Job.queued(1, request, Origin.NODE, Instant.EPOCH);
    return opened(id, new Jobs(1, Optional.of(job), List.of(), List.of(), List.of()));
  }

  private static Session opened(String id, Jobs jobs) {
    var core =
        new Core(
            id,
            Core.NONE.terms(),
            Origin.NODE,
            Instant.EPOCH,
            Instant.EPOCH,
            1,
            1,
            1,
            true,
            0,
            jobs);
    return new Opened(core, "boot");
  }
}
