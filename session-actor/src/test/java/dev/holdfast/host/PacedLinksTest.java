package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.fixture.PlayedLinks;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Link;
import dev.holdfast.transport.LinkReport;
import dev.holdfast.transport.LinkRequest;
import dev.holdfast.transport.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacedLinksTest {

  private static final LinkReport.Up UP = new LinkReport.Up("boot", 1, false);

  private final PlayedLinks played = new PlayedLinks();
  private final List<LinkReport> said = new ArrayList<>();
  private final PacedLinks links =
      new PacedLinks(
          played,
          Runnable::run,
          HostSettings.from(
              ConfigFactory.parseString(
                      "holdfast.host { opens-per-target = 1, opens-per-node = 2 }")
                  .withFallback(ConfigFactory.defaultReference())));

  @Test
  void aTargetsNextLinkIsOpenedWhenTheOneBeforeIsUpOrFailed() throws InterruptedException {
    open("a", "ssh://one");
    open("b", "ssh://one");
    open("c", "ssh://one");
    PlayedLinks.Played first = played.next();
    assertEquals("a", first.request().session());
    assertTrue(played.quiet());
    first.says(UP);
    PlayedLinks.Played second = played.next();
    assertEquals("b", second.request().session());
    assertTrue(played.quiet());
    second.says(new LinkReport.Failed(new Failure(Failure.Kind.REFUSED, "no", "wait"), false));
    assertEquals("c", played.next().request().session());
    assertEquals(2, said.size());
  }

  @Test
  void targetsTakeTurnsWithinTheBoundOfTheNode() throws InterruptedException {
    open("a1", "ssh://one");
    open("a2", "ssh://one");
    open("b1", "ssh://two");
    open("c1", "ssh://three");
    PlayedLinks.Played one = played.next();
    assertEquals("b1", played.next().request().session());
    assertTrue(played.quiet());
    one.says(UP);
    assertEquals("a2", played.next().request().session());
  }

  @Test
  void whileItIsHeldNoneIsOpened() throws InterruptedException {
    links.hold();
    open("a", "ssh://one");
    Link gone = open("b", "ssh://two");
    open("c", "ssh://two");
    assertTrue(played.quiet());
    gone.hangUp();
    links.release();
    assertEquals("a", played.next().request().session());
    assertEquals("c", played.next().request().session());
    assertTrue(played.quiet());
  }

  @Test
  void theNodesOwnMachineIsNotStarved() throws InterruptedException {
    var generous =
        new PacedLinks(
            played,
            Runnable::run,
            HostSettings.from(
                ConfigFactory.parseString("holdfast.host.opens-per-target = 1000")
                    .withFallback(ConfigFactory.defaultReference())));
    int most = 2 * Runtime.getRuntime().availableProcessors();
    for (int i = 0; i <= most; i++) {
      generous.open(request("s" + i, "local:", Duration.ofMinutes(1)), said::add);
    }
    for (int i = 0; i < most; i++) {
      assertEquals("s" + i, played.next().request().session());
    }
    assertTrue(played.quiet());
  }

  @Test
  void whoHangsUpTakesNobodysTurn() throws InterruptedException {
    Link first = open("a", "ssh://one");
    Link second = open("b", "ssh://one");
    open("c", "ssh://one");
    assertEquals("a", played.next().request().session());
    second.hangUp();
    assertTrue(played.quiet());
    first.hangUp();
    assertEquals("c", played.next().request().session());
  }

  @Test
  void whoWaitsForLongerThanItMayIsToldToComeAgain() throws InterruptedException {
    open("a", "ssh://one");
    for (int i = 0; i < 50; i++) {
      links.open(request("late-" + i, "ssh://one", Duration.ZERO), said::add);
    }
    open("b", "ssh://one");
    played.next().says(UP);
    assertEquals("b", played.next().request().session());
    assertEquals(51, said.size());
    var failed = assertInstanceOf(LinkReport.Failed.class, said.get(1));
    assertEquals(Failure.Kind.OVERLOADED, failed.failure().kind());
  }

  private Link open(String session, String target) {
    return links.open(request(session, target, Duration.ofMinutes(5)), said::add);
  }

  private static LinkRequest request(String session, String target, Duration deadline) {
    return new LinkRequest(
        session, 1, 1, Target.parse(target), false, "sh", Duration.ofHours(1), deadline);
  }
}
