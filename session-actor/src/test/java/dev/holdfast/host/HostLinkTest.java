package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.JobOrder;
import dev.holdfast.transport.JobOrder.Input;
import dev.holdfast.transport.JobOrder.OutputMode;
import dev.holdfast.transport.Link;
import dev.holdfast.transport.LinkReport;
import dev.holdfast.transport.LinkReport.JobEnd;
import dev.holdfast.transport.LinkRequest;
import dev.holdfast.transport.Target;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The node's side of the protocol, against a host played in memory, in manual time. */
class HostLinkTest {

  static final HostSettings SETTINGS = HostSettings.from(ConfigFactory.defaultReference());

  private final ManualWorld world = new ManualWorld();
  private final FakeHost host = new FakeHost();
  private final MemoryLog log = new MemoryLog();
  private final List<LinkReport> reports = new ArrayList<>();
  private final HostScript script = new HostScript("the script".getBytes(UTF_8));
  private final HostOpener opener =
      new HostOpener(
          List.of(host), new HostLink.Node(script, SETTINGS, log, world, world, new Installs()));
  private long epoch;

  private Link open(boolean create) {
    var request =
        new LinkRequest(
            "s1",
            1,
            ++epoch,
            Target.parse("ssh://box"),
            create,
            "sh",
            Duration.ofHours(1),
            Duration.ofSeconds(30));
    Link link = opener.open(request, reports::add);
    world.settle();
    return link;
  }

  private Link up() {
    Link link = open(true);
    assertInstanceOf(LinkReport.Up.class, reports.get(0));
    reports.clear();
    return link;
  }

  static JobOrder order(String job, String script) {
    return new JobOrder(job, script, Input.NONE, Duration.ZERO, 0, OutputMode.BLOCK);
  }

  private static JobOrder limited(String job, OutputMode mode) {
    return new JobOrder(job, "yes", Input.NONE, Duration.ZERO, 5000, mode);
  }

  private static JobOrder withInput(String job, OptionalLong size) {
    return new JobOrder(job, "cat", new Input.Given(size), Duration.ZERO, 0, OutputMode.BLOCK);
  }

  private Link running(String job) {
    Link link = up();
    link.start(order(job, "work"));
    world.settle();
    assertEquals(List.of(new LinkReport.JobStarted(job)), take());
    return link;
  }

  private List<LinkReport> take() {
    world.settle();
    var taken = List.copyOf(reports);
    reports.clear();
    return taken;
  }

  private static OutputLog.Place place(String job, StreamName stream) {
    return new OutputLog.Place("s1", job, stream);
  }

  private byte[] out(String job) {
    return log.all(place(job, StreamName.OUT));
  }

  private byte[] err(String job) {
    return log.all(place(job, StreamName.ERR));
  }

  static byte[] random(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static LinkReport exited(String job, int code) {
    return new LinkReport.JobEnded(job, new JobEnd.Exited(code));
  }

  // Opening

  @Test
  void aLinkComesUpWithOneCommandWhenTheHostIsThere() {
    open(true);
    assertEquals(List.of(new LinkReport.Up("boot-1", 1, true)), take());
    assertEquals(1, host.commands.size());
    assertTrue(host.commands.get(0).contains(script.fileName() + ";"), host.commands.get(0));
  }

  @Test
  void aTargetWithoutTheHostGetsItAndTheLinkComesUp() {
    host.installed = false;
    open(true);
    assertEquals(List.of(new LinkReport.Up("boot-1", 1, true)), take());
    assertArrayEquals("the script".getBytes(UTF_8), host.installedScript);
    assertEquals(3, host.commands.size());
  }

  @Test
  void whatLoginShellsPrintBeforeTheGreetingIsSkipped() {
    host.preamble = "Welcome to box!\nHOLDFASTER than ever\nno line feed";
    open(true);
    assertInstanceOf(LinkReport.Up.class, reports.get(0));
  }

  @Test
  void aTargetThatTalksWithoutEndBeforeTheGreetingFailsTheAttempt() {
    host.preamble = "spam\n".repeat(20_000);
    open(true);
    var failed = assertInstanceOf(LinkReport.Failed.class, take().get(0));
    assertEquals(Failure.Kind.PROTOCOL, failed.failure().kind());
    assertTrue(failed.failure().cause().contains("spam"));
  }

  @ParameterizedTest
  @CsvSource({
    "mkdir: cannot create directory: No space left on device, NO_SPACE",
    "mkdir: cannot create directory: Read-only file system, TARGET_UNFIT",
    "unsafe: /var/tmp/holdfast-0 is a symbolic link, TARGET_UNFIT",
    "something new, PROTOCOL"
  })
  void anInstallationThatTheTargetRefusesSaysWhy(String complaint, Failure.Kind kind) {
    host.installed = false;
    host.installComplaint = complaint;
    open(true);
    var failed = assertInstanceOf(LinkReport.Failed.class, take().get(0));
    assertEquals(kind, failed.failure().kind());
    assertTrue(failed.failure().cause().contains(complaint), failed.toString());
    assertFalse(failed.touched());
  }

  @Test
  void anUnreachableTargetFailsUntouched() {
    host.unreachable = new Failure(Failure.Kind.UNRESOLVED, "no such host", "check the name");
    open(true);
    assertEquals(List.of(new LinkReport.Failed(host.unreachable, false)), take());
  }

  @Test
  void aSilentTargetFailsAtTheDeadlineAndNotBefore() {
    host.silent = true;
    open(true);
    world.pass(Duration.ofMillis(29_999));
    assertEquals(List.of(), take());
    world.pass(Duration.ofMillis(1));
    var failed = assertInstanceOf(LinkReport.Failed.class, take().get(0));
    assertEquals(Failure.Kind.TIMED_OUT, failed.failure().kind());
    assertFalse(failed.touched());
  }

  @Test
  void aHostThatNeverGreetsFailsAtTheDeadlineAndMayHaveBeenTouched() {
    host.mute = true;
    open(true);
    world.pass(Duration.ofSeconds(30));
    var failed = assertInstanceOf(LinkReport.Failed.class, take().get(0));
    assertEquals(Failure.Kind.TIMED_OUT, failed.failure().kind());
    assertTrue(failed.touched());
    assertTrue(host.attach().inputEnded);
  }

  @ParameterizedTest
  @CsvSource({
    "nosetsid, TARGET_UNFIT",
    "noshell, TARGET_UNFIT",
    "unsafe, TARGET_UNFIT",
    "readonly, TARGET_UNFIT",
    "nospace, NO_SPACE",
    "internal, PROTOCOL"
  })
  void aRefusalIsTypedAndCarriesCauseAndAdvice(String word, Failure.Kind kind) {
    host.verdict = "REFUSED " + word + " because of this";
    open(true);
    var failed = assertInstanceOf(LinkReport.Failed.class, take().get(0));
    assertEquals(kind, failed.failure().kind());
    assertTrue(failed.failure().cause().endsWith(": because of this"), failed.toString());
    assertFalse(failed.failure().advice().isBlank());
  }

  @Test
  void aHigherEpochFencesAtTheDoor() {
    host.verdict = "FENCED 7";
    open(true);
    assertEquals(List.of(new LinkReport.Fenced(7)), take());
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing", "expired", "closed"})
  void aSessionThatIsNotThereIsGone(String why) {
    host.verdict = "GONE " + why;
    open(false);
    assertEquals(List.of(new LinkReport.Gone(why)), take());
  }

  @Test
  void wordsThatCouldBecomeOptionsOrPathsNeverReachACommandLine() {
    for (String shell : List.of("-c", "sh;reboot", "$(id)", "", "a".repeat(65), "sh'")) {
      var request =
          new LinkRequest(
              "s1",
              1,
              1,
              Target.parse("ssh://box"),
              true,
              shell,
              Duration.ofHours(1),
              Duration.ofSeconds(30));
      opener.open(request, reports::add);
      var failed = assertInstanceOf(LinkReport.Failed.class, take().get(0));
      assertEquals(Failure.Kind.BAD_TARGET, failed.failure().kind());
    }
    assertEquals(List.of(), host.commands);
  }

  @Test
  void manySessionsOpenedAtOnceSendTheHostToTheirTargetOnce() {
    host.installed = false;
    for (int i = 0; i < 50; i++) {
      var request =
          new LinkRequest(
              "many" + i,
              1,
              1,
              Target.parse("ssh://box"),
              true,
              "sh",
              Duration.ofHours(1),
              Duration.ofSeconds(30));
      opener.open(request, reports::add);
    }
    List<LinkReport> all = take();
    assertEquals(50, all.stream().filter(LinkReport.Up.class::isInstance).count(), all::toString);
    assertEquals(1, host.commands.stream().filter(c -> c.contains("cat >$t")).count());
  }

  @Test
  void whoeverWaitedForAnInstallationThatWasGivenUpDoesItItself() {
    host.installed = false;
    host.silentInstall = true;
    Link first = open(true);
    open(true);
    assertEquals(List.of(), take());
    host.silentInstall = false;
    first.hangUp();
    assertEquals(List.of(new LinkReport.Up("boot-1", 1, true)), take());
  }

  @Test
  void aSessionThatDiesUnderItsLinkIsALostLink() {
    running("j1");
    host.push("DEAD died");
    var down = assertInstanceOf(LinkReport.Down.class, take().get(0));
    assertEquals(Failure.Kind.LINK_LOST, down.failure().kind());
  }

  @Test
  void aSessionThatGoesUnderItsLinkIsGone() {
    running("j1");
    host.push("GONE expired");
    assertEquals(List.of(new LinkReport.Gone("expired")), take());
  }

  // Jobs and their output

  @Test
  void aShortJobCostsOneMessageEachWayAndItsOutputIsInTheLogAtItsEnd() {
    Link link = running("j1");
    host.print("j1", "out", "hello\n".getBytes(UTF_8));
    host.print("j1", "err", "oops".getBytes(UTF_8));
    host.finish("j1", 3);
    assertEquals(List.of(exited("j1", 3)), take());
    assertArrayEquals("hello\n".getBytes(UTF_8), out("j1"));
    assertArrayEquals("oops".getBytes(UTF_8), err("j1"));
    assertEquals(1, host.commands.size());
    assertEquals("work\n", host.job("j1").script);
    link.hangUp();
  }

  @Test
  void aJobWithoutOutputEndsAtOnce() {
    running("j1");
    host.finish("j1", 0);
    assertEquals(List.of(exited("j1", 0)), take());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65_535, 65_536, 65_537, 1_000_000})
  void outputOfAnySizeIsCompleteWhenTheEndIsReported(int size) {
    running("j1");
    host.print("j1", "out", random(1, size));
    host.print("j1", "err", random(2, size));
    host.finish("j1", 0);
    assertEquals(List.of(exited("j1", 0)), take());
    assertArrayEquals(random(1, size), out("j1"));
    assertArrayEquals(random(2, size), err("j1"));
  }

  @Test
  void aLongerJobIsFollowed() {
    running("j1");
    world.pass(SETTINGS.followAfter());
    host.print("j1", "out", "line 1\n".getBytes(UTF_8));
    world.settle();
    assertArrayEquals("line 1\n".getBytes(UTF_8), out("j1"));
    host.print("j1", "out", "line 2\n".getBytes(UTF_8));
    host.print("j1", "err", "!".getBytes(UTF_8));
    host.finish("j1", 0);
    assertEquals(List.of(exited("j1", 0)), take());
    assertArrayEquals("line 1\nline 2\n".getBytes(UTF_8), out("j1"));
    assertArrayEquals("!".getBytes(UTF_8), err("j1"));
    assertTrue(host.job("j1").quiet);
    assertTrue(host.job("j1").followers.get(0).inputEnded);
  }

  @Test
  void onASlowTargetFollowingBeginsLater() {
    Link link = up();
    host.dropPushes = true;
    link.start(order("j1", "work"));
    world.pass(Duration.ofMillis(40));
    host.dropPushes = false;
    host.push("STARTED j1");
    world.pass(Duration.ofMillis(79));
    assertEquals(1, host.commands.size());
    world.pass(Duration.ofMillis(1));
    assertEquals(2, host.commands.size());
  }

  @Test
  void aFollowingChannelThatStandsStillIsReplacedByReading() {
    running("j1");
    host.stalledFollows = true;
    world.pass(SETTINGS.followAfter());
    host.print("j1", "out", random(1, 5000));
    host.finish("j1", 0);
    assertEquals(List.of(), take());
    world.pass(SETTINGS.stallAfter());
    assertEquals(List.of(exited("j1", 0)), take());
    assertArrayEquals(random(1, 5000), out("j1"));
  }

  @Test
  void refusedChannelsAreTriedAgainAndNoByteIsLost() {
    running("j1");
    host.refusedChannels = 3;
    world.pass(SETTINGS.followAfter());
    host.print("j1", "out", "a".getBytes(UTF_8));
    world.pass(Duration.ofSeconds(3));
    assertArrayEquals("a".getBytes(UTF_8), out("j1"));
    host.refusedChannels = 5;
    host.job("j1").followers.get(0).exit(1);
    host.job("j1").followers.clear();
    world.settle();
    host.print("j1", "out", "b".getBytes(UTF_8));
    host.finish("j1", 0);
    assertEquals(List.of(), take());
    world.pass(Duration.ofSeconds(60));
    assertEquals(List.of(exited("j1", 0)), take());
    assertArrayEquals("ab".getBytes(UTF_8), out("j1"));
  }

  @Test
  void aLostExitIsFoundByAskingForTheState() {
    running("j1");
    host.dropPushes = true;
    host.print("j1", "out", random(1, 100_000));
    host.finish("j1", 9);
    world.pass(SETTINGS.statusInterval().minusMillis(1));
    assertEquals(List.of(), take());
    world.pass(Duration.ofMillis(1));
    assertEquals(List.of(exited("j1", 9)), take());
    assertArrayEquals(random(1, 100_000), out("j1"));
  }

  @Test
  void aLostStartedIsFoundByAskingForTheState() {
    Link link = up();
    host.dropPushes = true;
    link.start(order("j1", "work"));
    world.pass(SETTINGS.statusInterval());
    assertEquals(List.of(new LinkReport.JobStarted("j1")), take());
    assertEquals(1, host.job("j1").starts);
  }

  @Test
  void howAJobEndedIsTold() {
    running("j1");
    host.finish("j1", 143, "cancel");
    assertEquals(List.of(new LinkReport.JobEnded("j1", new JobEnd.Cancelled(143))), take());
    running("j2");
    host.finish("j2", 137, "timeout");
    assertEquals(List.of(new LinkReport.JobEnded("j2", new JobEnd.TimedOut(137))), take());
  }

  @Test
  void largeScriptsTravelBesideTheLink() {
    Link link = up();
    String script = "echo 0123456789\n".repeat(2000);
    link.start(order("j1", script));
    assertEquals(List.of(new LinkReport.JobStarted("j1")), take());
    assertEquals(script, host.job("j1").script);
    assertTrue(host.heard.stream().noneMatch(line -> line.startsWith("script")));
  }

  @ParameterizedTest
  @CsvSource({
    "nospace, NO_SPACE",
    "quota, NO_SPACE",
    "busy, OVERLOADED",
    "dead, LINK_LOST",
    "noscript, PROTOCOL"
  })
  void aJobThatTheTargetWillNotStartIsReportedWithItsCause(String word, Failure.Kind kind) {
    Link link = up();
    host.refusedStarts = word + " no way";
    link.start(order("j1", "work"));
    var not = assertInstanceOf(LinkReport.JobNotStarted.class, take().get(0));
    assertEquals(kind, not.failure().kind());
    assertTrue(not.failure().cause().contains("no way"));
  }

  @Test
  void aScriptThatCannotBeStoredIsNotStartedAndNeverWillBe() {
    Link link = up();
    host.refusedPuts = "nospace the disk is full";
    link.start(order("j1", "#".repeat(20_000)));
    var not = assertInstanceOf(LinkReport.JobNotStarted.class, take().get(0));
    assertEquals(Failure.Kind.NO_SPACE, not.failure().kind());
    assertEquals("void", host.job("j1").state);
  }

  @Test
  void keysOfAnOrderReachTheTarget() {
    Link link = up();
    link.start(
        new JobOrder("j1", "a\nb", Input.NONE, Duration.ofMillis(1500), 100, OutputMode.DROP));
    world.settle();
    assertEquals("start j1 timeout=2 limit=100 mode=drop", host.job("j1").keys);
    assertEquals("a\nb\n", host.job("j1").script);
  }

  // Re-attaching

  @Test
  void aRunningJobIsPickedUpInMidOutputWithoutAGapOrARepeat() {
    running("j1");
    world.pass(SETTINGS.followAfter());
    host.print("j1", "out", random(1, 1000));
    world.settle();
    host.breakLink();
    assertInstanceOf(LinkReport.Down.class, take().get(0));
    host.print("j1", "out", random(2, 1000));
    Link second = open(false);
    second.start(order("j1", "work"));
    assertEquals(
        List.of(new LinkReport.Up("boot-1", 1, false), new LinkReport.JobStarted("j1")), take());
    host.print("j1", "out", random(3, 1000));
    host.finish("j1", 5);
    assertEquals(List.of(exited("j1", 5)), take());
    var all = ByteBuffer.allocate(3000).put(random(1, 1000)).put(random(2, 1000));
    assertArrayEquals(all.put(random(3, 1000)).array(), out("j1"));
    assertEquals(1, host.job("j1").starts);
  }

  @Test
  void aRunningJobThatIsSettledIsFollowedToItsEnd() {
    running("j1");
    host.breakLink();
    host.print("j1", "out", random(1, 1000));
    Link second = open(false);
    take();
    second.settle("j1");
    assertEquals(List.of(new LinkReport.JobStarted("j1")), take());
    second.cancel("j1", Duration.ofSeconds(7));
    world.settle();
    assertEquals("7", host.job("j1").cancelledWith);
    host.print("j1", "out", random(2, 1000));
    host.finish("j1", 143, "cancel");
    assertEquals(List.of(new LinkReport.JobEnded("j1", new JobEnd.Cancelled(143))), take());
    var all = ByteBuffer.allocate(2000).put(random(1, 1000)).put(random(2, 1000));
    assertArrayEquals(all.array(), out("j1"));
  }

  @Test
  void aJobThatEndedMeanwhileIsReadAndReported() {
    running("j1");
    host.breakLink();
    host.print("j1", "out", random(1, 300_000));
    host.print("j1", "err", random(2, 10));
    host.finish("j1", 0);
    Link second = open(false);
    take();
    second.start(order("j1", "work"));
    assertEquals(List.of(exited("j1", 0)), take());
    assertArrayEquals(random(1, 300_000), out("j1"));
    assertArrayEquals(random(2, 10), err("j1"));
  }

  @Test
  void aHostThatGivesLessThanItSaysIsNotBelieved() {
    running("j1");
    host.breakLink();
    host.job("j1").out.writeBytes(random(1, 10));
    host.finish("j1", 0);
    take();
    Link second = open(false);
    take();
    second.start(order("j1", "work"));
    host.split =
        bytes ->
            List.of(
                new String(bytes, UTF_8).replace("SIZE j1 10 0", "SIZE j1 99 0").getBytes(UTF_8));
    world.pass(Duration.ofMinutes(5));
    var down = assertInstanceOf(LinkReport.Down.class, take().get(0));
    assertEquals(Failure.Kind.PROTOCOL, down.failure().kind());
  }

  // Limited output

  @Test
  void whenOutputIsBlockedOnlyWhatReadersReceivedIsAcknowledged() {
    Link link = up();
    link.start(limited("j1", OutputMode.BLOCK));
    world.settle();
    host.print("j1", "out", random(1, 5000));
    world.settle();
    assertEquals(null, host.job("j1").acked.get("out"));
    link.read("j1", 2000, 0);
    world.settle();
    assertEquals(2000L, host.job("j1").acked.get("out"));
    link.read("j1", 9000, 0);
    world.settle();
    assertEquals(5000L, host.job("j1").acked.get("out"));
    host.print("j1", "out", random(2, 4000));
    world.settle();
    assertEquals(9000L, host.job("j1").acked.get("out"));
    host.finish("j1", 0);
    assertEquals(List.of(new LinkReport.JobStarted("j1"), exited("j1", 0)), take());
    assertEquals(9000, out("j1").length);
  }

  @Test
  void whenOutputIsDroppedTheReaderIsToldHowMuch() {
    Link link = up();
    link.start(limited("j1", OutputMode.DROP));
    world.settle();
    host.print("j1", "out", random(1, 4000));
    world.settle();
    assertEquals(4000L, host.job("j1").acked.get("out"));
    host.dropPushes = true;
    host.print("j1", "out", random(2, 500));
    host.dropPushes = false;
    host.print("j1", "out", random(3, 1000));
    host.finish("j1", 0);
    assertEquals(List.of(new LinkReport.JobStarted("j1"), exited("j1", 0)), take());
    assertEquals(500, log.lost(place("j1", StreamName.OUT)));
    assertArrayEquals(random(3, 1000), out("j1"));
  }

  @Test
  void aLostChunkOfBlockedOutputIsAskedForAgain() {
    Link link = up();
    link.start(limited("j1", OutputMode.BLOCK));
    world.settle();
    host.dropPushes = true;
    host.print("j1", "out", random(1, 1500));
    host.dropPushes = false;
    host.print("j1", "out", random(2, 500));
    host.print("j1", "out", random(3, 500));
    host.dropPushes = true;
    host.print("j1", "out", random(4, 500));
    host.finish("j1", 0);
    world.pass(Duration.ofSeconds(20));
    assertEquals(List.of(new LinkReport.JobStarted("j1"), exited("j1", 0)), take());
    assertArrayEquals(host.job("j1").out.toByteArray(), out("j1"));
  }

  @Test
  void limitedOutputThatTheTargetNoLongerHasIsDeclaredLost() {
    Link link = up();
    link.start(limited("j1", OutputMode.DROP));
    world.settle();
    host.dropPushes = true;
    host.print("j1", "out", random(1, 1500));
    host.dropPushes = false;
    host.forgetsChunks = true;
    host.finish("j1", 0);
    world.pass(Duration.ofSeconds(20));
    assertEquals(List.of(new LinkReport.JobStarted("j1"), exited("j1", 0)), take());
    assertEquals(1500, log.lost(place("j1", StreamName.OUT)));
  }

  @Test
  void limitedOutputIsFoundAlsoByWhoDoesNotKnowOfTheLimit() {
    Link link = up();
    link.start(limited("j1", OutputMode.BLOCK));
    world.settle();
    host.breakLink();
    host.print("j1", "out", random(1, 1500));
    host.finish("j1", 0);
    take();
    Link second = open(false);
    take();
    second.settle("j1");
    world.pass(Duration.ofSeconds(20));
    assertEquals(List.of(exited("j1", 0)), take());
    assertArrayEquals(random(1, 1500), out("j1"));
  }

  // Input

  @Test
  void inputThatIsCompleteTravelsAsAFile() throws Exception {
    log.append(place("j1", StreamName.IN), 0, ByteBuffer.wrap(random(1, 300_000)));
    Link link = up();
    link.start(withInput("j1", OptionalLong.of(300_000)));
    assertEquals(List.of(new LinkReport.JobStarted("j1")), take());
    assertTrue(host.job("j1").keys.contains("in=file"));
    assertArrayEquals(random(1, 300_000), host.job("j1").in.toByteArray());
  }

  @Test
  void emptyInputThatIsCompleteTravelsAsAFile() {
    Link link = up();
    link.start(withInput("j1", OptionalLong.of(0)));
    assertEquals(List.of(new LinkReport.JobStarted("j1")), take());
    assertTrue(host.job("j1").keys.contains("in=file"));
  }

  @Test
  void inputThatGrowsIsPassedOnAndEndedAlsoAcrossALostLink() throws Exception {
    var in = place("j1", StreamName.IN);
    log.append(in, 0, ByteBuffer.wrap(random(1, 300_000)));
    Link link = up();
    link.start(withInput("j1", OptionalLong.empty()));
    world.settle();
    assertTrue(host.job("j1").keys.contains("in=pipe"));
    assertArrayEquals(random(1, 300_000), host.job("j1").in.toByteArray());
    host.breakLink();
    log.append(in, 300_000, ByteBuffer.wrap(random(2, 10)));
    Link second = open(false);
    second.start(withInput("j1", OptionalLong.empty()));
    world.settle();
    assertEquals(300_010, host.job("j1").in.size());
    assertFalse(host.job("j1").inputEnded);
    second.input("j1", OptionalLong.of(300_010));
    world.settle();
    assertTrue(host.job("j1").inputEnded);
  }

  // Dead hosts

  @ParameterizedTest
  @CsvSource({
    "died, none, NeverStarted",
    "died, lost, Lost",
    "died, done, Exited",
    "rebooted, interrupted, Interrupted",
    "rebooted, done, Exited",
    // A restart may have taken the ticket: that it is not there proves nothing.
    "rebooted, none, Lost"
  })
  void onADeadHostTheTruthAboutAJobIsFound(String why, String state, String expected) {
    host.verdict = "DEAD " + why;
    Link link = open(false);
    assertEquals(List.of(new LinkReport.Dead(why)), take());
    FakeHost.Job job = host.job("j1");
    job.state = state;
    job.ending = "4 1 -";
    job.out.writeBytes(random(1, 700));
    link.settle("j1");
    var ended = assertInstanceOf(LinkReport.JobEnded.class, take().get(0));
    assertEquals(expected, ended.end().getClass().getSimpleName());
    if (!state.equals("none")) {
      assertArrayEquals(random(1, 700), out("j1"));
    }
  }

  @Test
  void anOrphanIsFollowedToItsEnd() {
    host.verdict = "DEAD died";
    Link link = open(false);
    FakeHost.Job job = host.job("j1");
    job.state = "orphan";
    job.out.writeBytes(random(1, 700));
    link.settle("j1");
    world.pass(Duration.ofSeconds(40));
    assertEquals(List.of(new LinkReport.Dead("died")), take());
    assertArrayEquals(random(1, 700), out("j1"));
    job.state = "done";
    job.ending = "6 1 -";
    world.pass(SETTINGS.orphanPollMax());
    assertEquals(List.of(exited("j1", 6)), take());
    long asked = host.heard.stream().filter("status j1"::equals).count();
    assertTrue(asked <= 9, "asked " + asked + " times");
  }

  @Test
  void aJobThatNeverArrivedIsProvedNeverToStart() {
    Link link = up();
    link.settle("j1");
    assertEquals(List.of(new LinkReport.JobEnded("j1", new JobEnd.NeverStarted())), take());
    link.start(order("j1", "work"));
    assertEquals(List.of(new LinkReport.JobEnded("j1", new JobEnd.NeverStarted())), take());
    assertEquals(0, host.job("j1").starts);
  }

  // The rest

  @Test
  void aRunningJobThatTheTargetHasForgottenIsLostAndNotStartedAgain() {
    running("j1");
    host.jobs.clear();
    world.pass(SETTINGS.statusInterval());
    var ended = assertInstanceOf(LinkReport.JobEnded.class, take().get(0));
    assertInstanceOf(JobEnd.Lost.class, ended.end());
    assertEquals(0, host.job("j1").starts);
  }

  @Test
  void aDeadSessionsLinkIsPingedToo() {
    host.verdict = "DEAD died";
    open(false);
    take();
    world.pass(Duration.ofMinutes(10));
    assertEquals(List.of(), take());
    host.mute = true;
    world.pass(Duration.ofMinutes(1));
    assertInstanceOf(LinkReport.Down.class, take().get(0));
  }

  @Test
  void cancelAndCutReachTheTarget() {
    Link link = running("j1");
    link.cancel("j1", Duration.ofSeconds(7));
    world.settle();
    assertEquals("7", host.job("j1").cancelledWith);
    host.finish("j1", 143, "cancel");
    world.settle();
    take();
    link.cut(List.of("j1"));
    world.settle();
    assertTrue(host.job("j1").gone);
    assertEquals(List.of(new LinkReport.SpoolsCut(List.of("j1"))), take());
  }

  @Test
  void endIsConfirmedAndNothingFollows() {
    Link link = up();
    link.end(Duration.ofSeconds(5));
    assertEquals(List.of(new LinkReport.Ended()), take());
    link.start(order("j1", "work"));
    world.pass(Duration.ofMinutes(10));
    assertEquals(List.of(), take());
  }

  @Test
  void whatASettledJobHasToTellIsReadAndReportedBeforeTheEnd() {
    running("j1");
    host.breakLink();
    host.print("j1", "out", random(1, 300_000));
    host.finish("j1", 0);
    Link second = open(false);
    take();
    second.settle("j1");
    second.end(Duration.ofSeconds(5));
    assertEquals(List.of(exited("j1", 0), new LinkReport.Ended()), take());
    assertArrayEquals(random(1, 300_000), out("j1"));
  }

  @Test
  void theEndDoesNotWaitForAJobThatRuns() {
    running("j1");
    host.breakLink();
    Link second = open(false);
    take();
    second.settle("j1");
    second.end(Duration.ofSeconds(5));
    assertEquals(List.of(new LinkReport.JobStarted("j1"), new LinkReport.Ended()), take());
  }

  @Test
  void aTargetThatFallsSilentBeforeTheEndIsALostLink() {
    running("j1");
    host.breakLink();
    host.print("j1", "out", random(1, 300_000));
    host.finish("j1", 0);
    Link second = open(false);
    take();
    host.mute = true;
    second.settle("j1");
    second.end(Duration.ofSeconds(5));
    world.pass(SETTINGS.pingInterval().plus(SETTINGS.pingTimeout()).multipliedBy(2));
    assertInstanceOf(LinkReport.Down.class, take().get(0));
  }

  @ParameterizedTest
  @CsvSource({"missing,Ended", "closed,Ended", "expired,Gone"})
  void endOfASessionThatIsNotThereIsAnEnd(String why, String report) {
    host.verdict = "GONE " + why;
    var request =
        new LinkRequest(
            "s1",
            1,
            1,
            Target.parse("ssh://box"),
            false,
            "sh",
            Duration.ofHours(1),
            Duration.ofSeconds(30));
    opener.open(request, reports::add).end(Duration.ZERO);
    assertEquals(report, take().get(0).getClass().getSimpleName());
  }

  @Test
  void aFencedLinkSaysSoAndFallsSilent() {
    Link link = running("j1");
    host.fencedBy = 8;
    link.cancel("j1", Duration.ZERO);
    assertEquals(List.of(new LinkReport.Fenced(8)), take());
    world.pass(Duration.ofMinutes(1));
    assertEquals(List.of(), take());
  }

  @Test
  void anIdleLinkIsPingedAndCountsAsLostWhenNoAnswerComes() {
    up();
    world.pass(Duration.ofMinutes(10));
    assertEquals(List.of(), take());
    host.mute = true;
    world.pass(SETTINGS.pingInterval().plus(SETTINGS.pingTimeout()));
    var down = assertInstanceOf(LinkReport.Down.class, take().get(0));
    assertEquals(Failure.Kind.LINK_LOST, down.failure().kind());
  }

  @Test
  void aLostConnectionIsReportedOnceWithItsCause() {
    up();
    host.breakLink();
    var down = assertInstanceOf(LinkReport.Down.class, take().get(0));
    assertEquals("the network is gone", down.failure().cause());
    assertEquals(List.of(), take());
  }

  @Test
  void hangingUpReportsNothing() {
    Link link = running("j1");
    link.hangUp();
    world.pass(Duration.ofMinutes(1));
    assertEquals(List.of(), take());
    assertTrue(host.attach().inputEnded);
  }

  @Test
  void nothingHoldsALinkThatIsOver() {
    Link link = running("j1");
    link.hangUp();
    world.settle();
    // The attach channel may say its last words.
    world.pass(Duration.ofSeconds(5));
    assertEquals(0, world.timersSet());
  }

  @Test
  void renewedShellsAndEscapedProcessesAreTold() {
    running("j1");
    host.push("RENEWED 2 j1");
    host.push("ESCAPED j1 17 4242");
    assertEquals(
        List.of(new LinkReport.Renewed("j1", 2), new LinkReport.Escaped("j1", List.of(17L, 4242L))),
        take());
  }

  @Test
  void aLostRenewalIsNoticedAtTheNextEnd() {
    Link link = running("j1");
    host.finish("j1", 137);
    host.generation = 2;
    take();
    link.start(order("j2", "work"));
    world.settle();
    host.finish("j2", 0);
    assertTrue(take().contains(new LinkReport.Renewed("j2", 2)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BANANA",
        "EXIT",
        "EXIT j1 x 1 - empty",
        "EXIT j1 0 1 - sideways",
        "EXIT j1 0 1 because empty",
        "STATE j1 confused",
        "CHUNK j1 out 0 99999999999",
        "CHUNK j1 both 0 1",
        "PONG -1",
        "SIZE j1 1",
        "READY 1 1 created",
        "HOLDFAST 1 boot-1 dash",
        ""
      })
  void garbageEndsTheLinkAsAProtocolFailure(String line) {
    running("j1");
    host.push(line);
    var down = assertInstanceOf(LinkReport.Down.class, take().get(0));
    assertEquals(Failure.Kind.PROTOCOL, down.failure().kind());
    assertEquals(List.of(), take());
  }

  @Test
  void anEndlessLineEndsTheLink() {
    up();
    host.attach().say("x".repeat(10_000).getBytes(UTF_8));
    var down = assertInstanceOf(LinkReport.Down.class, take().get(0));
    assertEquals(Failure.Kind.PROTOCOL, down.failure().kind());
  }

  @Test
  void inlineOutputWithoutEndEndsTheLink() {
    running("j1");
    host.push("EXIT j1 0 1 - inline");
    host.attach().say(new byte[70_000]);
    var down = assertInstanceOf(LinkReport.Down.class, take().get(0));
    assertEquals(Failure.Kind.PROTOCOL, down.failure().kind());
  }

  @Test
  void aFullDiskOfTheNodeEndsTheLinkAndTheOutputIsReadLater() {
    running("j1");
    log.full = true;
    host.print("j1", "out", random(1, 10));
    host.finish("j1", 0);
    var down = assertInstanceOf(LinkReport.Down.class, take().get(0));
    assertEquals(Failure.Kind.NO_SPACE, down.failure().kind());
    log.full = false;
    Link second = open(false);
    take();
    second.start(order("j1", "work"));
    assertEquals(List.of(exited("j1", 0)), take());
    assertArrayEquals(random(1, 10), out("j1"));
  }
}
