package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.transport.JobOrder;
import dev.holdfast.transport.JobOrder.Input;
import dev.holdfast.transport.JobOrder.OutputMode;
import dev.holdfast.transport.Link;
import dev.holdfast.transport.LinkReport;
import dev.holdfast.transport.LinkReport.JobEnd;
import dev.holdfast.transport.LinkRequest;
import dev.holdfast.transport.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * What must hold however the bytes are cut and in whatever order things happen: every job that was
 * ordered starts once and ends once with its true outcome, and its output is in the log byte for
 * byte when that is reported.
 */
class HostLinkPropertiesTest {

  /** Something that happens to a job or to its link. */
  enum What {
    PRINT,
    PRINT_ERR,
    FINISH,
    BREAK,
    REFUSE_CHANNELS,
    KILL_FOLLOWERS,
    LOSE_PUSHES,
    STOP_LOSING,
    PASS
  }

  record Happening(What what, int amount) {}

  @Provide
  Arbitrary<List<Happening>> life() {
    Arbitrary<What> whats =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.of(What.PRINT, What.PRINT_ERR, What.PASS)),
            Tuple.of(2, Arbitraries.of(What.values())));
    Arbitrary<Integer> amounts =
        Arbitraries.oneOf(
            Arbitraries.integers().between(1, 40), Arbitraries.integers().between(1, 70_000));
    return Combinators.combine(whats, amounts).as(Happening::new).list().ofMaxSize(25);
  }

  @Property(tries = 300)
  void theSameBytesCutInOtherWaysGiveTheSameReportsAndTheSameLog(
      @ForAll("life") List<Happening> life, @ForAll Mode mode, @ForAll int seed) {
    var whole = new World(mode, new Random(1), false);
    var cut = new World(mode, new Random(1), false);
    var cutter = new Random(seed);
    cut.host.split = bytes -> pieces(bytes, cutter);
    whole.live(life);
    cut.live(life);
    assertEquals(whole.reports, cut.reports);
    assertArrayEquals(whole.log.all(whole.place(StreamName.OUT)), cut.logged(StreamName.OUT));
    whole.assertTruth();
    cut.assertTruth();
  }

  @Property(tries = 500)
  void inAnyInterleavingAJobStartsOnceAndEndsOnceWithAllOfItsOutput(
      @ForAll("life") List<Happening> life, @ForAll Mode mode, @ForAll int seed) {
    var random = new Random(seed);
    var world = new World(mode, random, true);
    world.host.split = bytes -> pieces(bytes, random);
    world.live(life);
    world.assertTruth();
  }

  private static List<byte[]> pieces(byte[] bytes, Random random) {
    var pieces = new ArrayList<byte[]>();
    int most = random.nextBoolean() ? 3 : 5000;
    for (int at = 0; at < bytes.length; ) {
      int next = Math.min(bytes.length, at + 1 + random.nextInt(most));
      pieces.add(Arrays.copyOfRange(bytes, at, next));
      at = next;
    }
    return pieces;
  }

  /** How the job's output is kept. */
  enum Mode {
    UNLIMITED,
    BLOCK
  }

  private static final class World {
    private final ManualWorld clock = new ManualWorld();
    private final FakeHost host = new FakeHost();
    private final MemoryLog log = new MemoryLog();
    private final List<LinkReport> reports = new ArrayList<>();
    private final Random random;
    private final boolean interleaved;
    private final JobOrder order;
    private final HostOpener opener =
        new HostOpener(
            List.of(host),
            new HostLink.Node(
                new HostScript(new byte[] {1}),
                HostLinkTest.SETTINGS,
                log,
                clock,
                clock,
                new Installs()));
    private long epoch;
    private boolean up;
    private boolean over;
    private int prints;

    World(Mode mode, Random random, boolean interleaved) {
      this.random = random;
      this.interleaved = interleaved;
      this.order =
          new JobOrder(
              "j",
              "work",
              Input.NONE,
              Duration.ZERO,
              mode == Mode.BLOCK ? 1_000_000_000 : 0,
              OutputMode.BLOCK);
    }

    OutputLog.Place place(StreamName stream) {
      return new OutputLog.Place("s", "j", stream);
    }

    byte[] logged(StreamName stream) {
      return log.all(place(stream));
    }

    void live(List<Happening> life) {
      open();
      for (Happening happening : life) {
        happen(happening);
        advance();
      }
      host.dropPushes = false;
      host.refusedChannels = 0;
      clock.settle();
      if (!up) {
        open();
      }
      clock.pass(Duration.ofSeconds(1));
      host.finish("j", 7);
      clock.pass(Duration.ofMinutes(2));
    }

    /** An owner as it should be: after a loss it opens the next link and orders again. */
    private void open() {
      var mine = new Link[1];
      up = true;
      mine[0] =
          opener.open(
              new LinkRequest(
                  "s",
                  1,
                  ++epoch,
                  Target.parse("ssh://box"),
                  true,
                  "sh",
                  Duration.ofHours(1),
                  Duration.ofSeconds(30)),
              report -> {
                reports.add(report);
                if (report instanceof LinkReport.Up) {
                  if (!over) {
                    mine[0].start(order);
                  }
                } else if (report instanceof LinkReport.JobEnded) {
                  over = true;
                  assertComplete();
                } else if (report instanceof LinkReport.Down
                    || report instanceof LinkReport.Failed) {
                  up = false;
                }
              });
    }

    private void advance() {
      if (!interleaved) {
        clock.settle();
        if (!up) {
          open();
          clock.settle();
        }
        return;
      }
      for (int i = random.nextInt(40); i > 0; i--) {
        clock.step();
      }
      if (!up && random.nextBoolean()) {
        open();
      }
    }

    private void happen(Happening happening) {
      boolean running = host.job("j").state.equals("running");
      switch (happening.what()) {
        case PRINT, PRINT_ERR -> {
          if (running) {
            String word = happening.what() == What.PRINT ? "out" : "err";
            host.print("j", word, HostLinkTest.random(++prints, happening.amount()));
          }
        }
        case FINISH -> {
          if (running) {
            host.finish("j", 7);
          }
        }
        case BREAK -> host.breakLink();
        case REFUSE_CHANNELS -> host.refusedChannels = happening.amount() % 7;
        case KILL_FOLLOWERS -> {
          host.job("j").followers.forEach(follower -> follower.exit(1));
          host.job("j").followers.clear();
        }
        case LOSE_PUSHES -> host.dropPushes = true;
        case STOP_LOSING -> host.dropPushes = false;
        case PASS -> clock.pass(Duration.ofMillis(happening.amount() % 9000));
      }
    }

    private void assertComplete() {
      assertArrayEquals(host.job("j").out.toByteArray(), logged(StreamName.OUT));
      assertArrayEquals(host.job("j").err.toByteArray(), logged(StreamName.ERR));
    }

    void assertTruth() {
      assertEquals(1, host.job("j").starts);
      assertTrue(
          reports.contains(new LinkReport.JobEnded("j", new JobEnd.Exited(7))),
          () -> reports.toString());
      assertEquals(
          1, reports.stream().filter(LinkReport.JobEnded.class::isInstance).count(), "ends");
      assertTrue(
          reports.stream()
              .filter(LinkReport.Down.class::isInstance)
              .map(LinkReport.Down.class::cast)
              .allMatch(down -> down.failure().kind().name().equals("LINK_LOST")),
          () -> reports.toString());
      assertComplete();
    }
  }
}
