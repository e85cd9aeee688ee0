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
import dev.holdfast.transport.JobOrder;
import dev.holdfast.transport.JobOrder.Input;
import dev.holdfast.transport.JobOrder.OutputMode;
import dev.holdfast.transport.Link;
import dev.holdfast.transport.LinkReport;
import dev.holdfast.transport.LinkReport.JobEnd;
import dev.holdfast.transport.LinkRequest;
import dev.holdfast.transport.Target;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links to the real host script, run by {@code sh} in local processes. */
@Timeout(120)
class RealHostTest {

  private static final long PATIENCE_SECONDS = 40;

  @TempDir Path directory;

  private final MemoryLog log = new MemoryLog();
  private final ExecutorService pool = Executors.newFixedThreadPool(2);
  private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
  private final LinkedBlockingQueue<LinkReport> reports = new LinkedBlockingQueue<>();
  private ProcessTransport target;
  private HostOpener opener;
  private Path root;
  private Path bootId;
  // Never twice: processes of a session are found by this name, whatever the root.
  private final String session = "s" + UUID.randomUUID();
  private long epoch;
  private Link link;

  @BeforeEach
  void prepare() throws Exception {
    timers.setRemoveOnCancelPolicy(true);
    root = directory.resolve("root");
    bootId = Files.writeString(directory.resolve("boot-id"), "boot-1\n");
    target =
        new ProcessTransport(
            List.of("sh", "-c"), Map.of("HOLDFAST_BOOT_ID_FILE", bootId.toString()));
    opener =
        new HostOpener(
            List.of(target), HostScript.shipped(), settings(root.toString()), log, pool, timers);
    link = open(true);
    assertEquals(new LinkReport.Up("boot-1", 1, true), next());
  }

  private static HostSettings settings(String localRoot) {
    return HostSettings.from(
        ConfigFactory.parseString(
                "holdfast.host { status-interval = 1s, local-root = \"" + localRoot + "\" }")
            .withFallback(ConfigFactory.defaultReference()));
  }

  @AfterEach
  void endEverything() throws Exception {
    link.hangUp();
    link = open(false);
    link.end(Duration.ZERO);
    while (!(next() instanceof LinkReport.Ended)) {
      // Whatever the test left unheard.
    }
    target.close();
    pool.shutdown();
    timers.shutdownNow();
    assertTrue(pool.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS));
  }

  private Link open(boolean create) {
    return opener.open(
        new LinkRequest(
            session,
            1,
            ++epoch,
            Target.parse("local:"),
            create,
            "sh",
            Duration.ofHours(1),
            Duration.ofSeconds(30)),
        reports::add);
  }

  private LinkReport next() throws InterruptedException {
    LinkReport report = reports.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertTrue(report != null, "nothing was reported");
    return report;
  }

  /** A shell that does not end in time is replaced; that is the host's business. */
  private LinkReport nextButRenewed() throws InterruptedException {
    LinkReport report = next();
    return report instanceof LinkReport.Renewed ? next() : report;
  }

  private static JobOrder order(String job, String script) {
    return new JobOrder(job, script, Input.NONE, Duration.ZERO, 0, OutputMode.BLOCK);
  }

  private void start(String job, String script) throws InterruptedException {
    link.start(order(job, script));
    assertEquals(new LinkReport.JobStarted(job), next());
  }

  private static LinkReport ended(String job, int code) {
    return new LinkReport.JobEnded(job, new JobEnd.Exited(code));
  }

  private void run(String job, String script, int code) throws InterruptedException {
    start(job, script);
    assertEquals(ended(job, code), next());
  }

  private OutputLog.Place place(String job, StreamName stream) {
    return new OutputLog.Place(session, job, stream);
  }

  private byte[] out(String job) {
    return log.all(place(job, StreamName.OUT));
  }

  private String text(String job) {
    return new String(out(job), UTF_8);
  }

  /** Waits until so much of the job's output is in the log. */
  private void awaitOutput(String job, int size) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (log.end(place(job, StreamName.OUT)) < size) {
      assertTrue(System.nanoTime() < deadline, "no output came");
      Thread.onSpinWait();
    }
  }

  private byte[] randomFile(String name, int size) throws Exception {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    Files.write(directory.resolve(name), bytes);
    return bytes;
  }

  private void cut() throws Exception {
    target.cut();
    assertInstanceOf(LinkReport.Down.class, next());
  }

  private void reopen() throws Exception {
    link = open(false);
    assertEquals(new LinkReport.Up("boot-1", 1, false), next());
  }

  @Test
  @DisplayName("behaviour 17: state set by one job is there for the next")
  void theShellKeepsItsStateFromJobToJob() throws Exception {
    run("j1", "cd /; X=42; f() { echo \"f $X\"; }; umask 027", 0);
    run("j2", "pwd; f; umask; exit 3", 3);
    assertEquals("/\nf 42\n0027\n", text("j2"));
  }

  /** More than 200 answers in a row that the link had not read yet ended it, again and again. */
  @Test
  void howeverManySpoolsAreCutTheLinkStays() throws Exception {
    run("j1", "echo some", 0);
    link.cut(IntStream.rangeClosed(1, 600).mapToObj(number -> "j" + number).toList());
    int cut = 0;
    while (cut < 600) {
      cut += assertInstanceOf(LinkReport.SpoolsCut.class, next()).jobs().size();
    }
    assertEquals(600, cut);
    run("j601", "true", 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 65_535, 65_536, 65_537, 10 * 1024 * 1024})
  @DisplayName("behaviour 20: output is exact, binary, of any size")
  void outputIsExact(int size) throws Exception {
    byte[] bytes = randomFile("data", size);
    run("j1", "cat '" + directory + "/data'; head -c 7 '" + directory + "/data' >&2", 0);
    assertArrayEquals(bytes, out("j1"));
    assertArrayEquals(
        Arrays.copyOf(bytes, Math.min(7, size)), log.all(place("j1", StreamName.ERR)));
  }

  @Test
  void aLineComesWhileItsJobStillRuns() throws Exception {
    Path go = directory.resolve("go");
    start("j1", "echo first; until [ -e '" + go + "' ]; do sleep 0.01; done; echo last");
    awaitOutput("j1", 6);
    long from = System.nanoTime();
    assertTrue(reports.isEmpty());
    Files.createFile(go);
    awaitOutput("j1", 11);
    System.out.printf("a followed line took %.1f ms%n", (System.nanoTime() - from) / 1e6);
    assertEquals(ended("j1", 0), next());
    assertEquals("first\nlast\n", text("j1"));
  }

  @Test
  @DisplayName("behaviour 30: the link is cut in mid-job, no byte is lost or doubled")
  void aLinkCutInMidOutputCostsNoByte() throws Exception {
    var expected = new StringBuilder();
    for (int i = 1; i <= 3000; i++) {
      expected.append("line ").append(i).append('\n');
    }
    start(
        "j1",
        "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i;"
            + " case $i in *00) sleep 0.05;; esac; done; exit 9");
    for (int cut = 1; cut <= 3; cut++) {
      awaitOutput("j1", cut * 5000);
      cut();
      reopen();
      link.start(order("j1", "never"));
      assertEquals(new LinkReport.JobStarted("j1"), next());
    }
    assertEquals(ended("j1", 9), next());
    assertEquals(expected.toString(), text("j1"));
  }

  @Test
  void aJobThatEndedWhileNoLinkWasThereIsReportedWithAllOfItsOutput() throws Exception {
    byte[] bytes = randomFile("data", 300_000);
    Path done = directory.resolve("done");
    start("j1", "echo; sleep 0.3; cat '" + directory + "/data'; : >'" + done + "'; exit 4");
    cut();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!Files.exists(done)) {
      assertTrue(System.nanoTime() < deadline);
      Thread.onSpinWait();
    }
    reopen();
    link.start(order("j1", "never"));
    LinkReport report = next();
    if (report.equals(new LinkReport.JobStarted("j1"))) {
      report = next();
    }
    assertEquals(ended("j1", 4), report);
    assertArrayEquals(bytes, Arrays.copyOfRange(out("j1"), 1, 300_001));
  }

  @Test
  void aLinkCutAroundTheStartNeverRunsAJobTwice() throws Exception {
    for (int round = 0; round < 10; round++) {
      String job = "j" + round;
      link.start(order(job, "echo ran >>'" + directory + "/ledger." + job + "'"));
      if (round % 2 == 0) {
        next();
      }
      target.cut();
      while (!(next() instanceof LinkReport.Down)) {
        // Whatever was said before.
      }
      reopen();
      link.start(order(job, "echo ran >>'" + directory + "/ledger." + job + "'"));
      LinkReport report = next();
      while (!(report instanceof LinkReport.JobEnded)) {
        report = next();
      }
      assertEquals(ended(job, 0), report);
      assertEquals("ran\n", Files.readString(directory.resolve("ledger." + job)));
    }
  }

  @Test
  @DisplayName("behaviour 28: standard input can be given and ended")
  void inputIsGivenAsAFileOrPieceByPiece() throws Exception {
    byte[] bytes = randomFile("data", 600_000);
    log.append(place("j1", StreamName.IN), 0, ByteBuffer.wrap(bytes));
    link.start(inputOrder("j1", OptionalLong.of(bytes.length)));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    assertEquals(ended("j1", 0), next());
    assertArrayEquals(bytes, out("j1"));

    log.append(place("j2", StreamName.IN), 0, ByteBuffer.wrap(bytes));
    link.start(inputOrder("j2", OptionalLong.empty()));
    assertEquals(new LinkReport.JobStarted("j2"), next());
    awaitOutput("j2", bytes.length);
    cut();
    log.append(place("j2", StreamName.IN), bytes.length, ByteBuffer.wrap("end".getBytes(UTF_8)));
    reopen();
    link.start(inputOrder("j2", OptionalLong.empty()));
    assertEquals(new LinkReport.JobStarted("j2"), next());
    link.input("j2", OptionalLong.of(bytes.length + 3));
    assertEquals(ended("j2", 0), next());
    byte[] all = Arrays.copyOf(bytes, bytes.length + 3);
    System.arraycopy("end".getBytes(UTF_8), 0, all, bytes.length, 3);
    assertArrayEquals(all, out("j2"));
  }

  private static JobOrder inputOrder(String job, OptionalLong size) {
    return new JobOrder(job, "cat", new Input.Given(size), Duration.ZERO, 0, OutputMode.BLOCK);
  }

  @Test
  void scriptsOfAnySizeAndTextArrive() throws Exception {
    String quoted = "printf '%s' 'a\\b \"c\" \u00fc $x `y`   z'";
    run("j1", quoted, 0);
    assertEquals("a\\b \"c\" \u00fc $x `y`   z", text("j1"));
    run("j2", "#".repeat(16_000) + "\necho 16", 0);
    assertEquals("16\n", text("j2"));
    run("j3", ("# " + "x".repeat(98) + "\n").repeat(5000) + "echo big", 0);
    assertEquals("big\n", text("j3"));
    run("j4", "", 0);
  }

  @Test
  @DisplayName("behaviour 24: cancel")
  void aCancelledJobSaysSo() throws Exception {
    start("j1", "echo on; sleep 1000");
    awaitOutput("j1", 3);
    link.cancel("j1", Duration.ofSeconds(2));
    var end = assertInstanceOf(LinkReport.JobEnded.class, nextButRenewed());
    assertInstanceOf(JobEnd.Cancelled.class, end.end());
    run("j2", "echo still here", 0);
  }

  @Test
  @DisplayName("behaviour 25: a job over its time-out is TimedOut")
  void aJobOverItsTimeIsEnded() throws Exception {
    link.start(
        new JobOrder("j1", "sleep 1000", Input.NONE, Duration.ofSeconds(1), 0, OutputMode.BLOCK));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    var end = assertInstanceOf(LinkReport.JobEnded.class, nextButRenewed());
    assertInstanceOf(JobEnd.TimedOut.class, end.end());
  }

  @Test
  @DisplayName("behaviour 21: a job that kills its shell")
  void aShellThatEndsWithItsJobIsRenewed() throws Exception {
    start("j1", "kill -9 $$");
    var seen = List.of(next(), next());
    assertTrue(seen.contains(new LinkReport.Renewed("j1", 2)), seen.toString());
    assertTrue(seen.contains(ended("j1", 137)), seen.toString());
    run("j2", "echo on", 0);
  }

  @Test
  void aJobWhoseSupervisorWasKilledEndsWithItsTrueOutcome() throws Exception {
    Path go = directory.resolve("go");
    start("j1", "echo one; until [ -e '" + go + "' ]; do sleep 0.05; done; echo two; exit 6");
    awaitOutput("j1", 4);
    killSupervisor();
    target.cut();
    assertInstanceOf(LinkReport.Down.class, next());
    link = open(false);
    assertEquals(new LinkReport.Dead("died"), next());
    link.settle("j1");
    link.settle("j2");
    assertEquals(new LinkReport.JobEnded("j2", new JobEnd.NeverStarted()), next());
    Files.createFile(go);
    assertEquals(ended("j1", 6), next());
    assertEquals("one\ntwo\n", text("j1"));
  }

  private void killSupervisor() throws Exception {
    String owner = Files.readString(root.resolve("s/" + session + ".1/owner"));
    long pid = Long.parseLong(owner.substring(0, owner.indexOf(' ')));
    var supervisor = ProcessHandle.of(pid).orElseThrow();
    assertTrue(supervisor.destroyForcibly());
    supervisor.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("behaviour 14: a reboot is noticed by the boot id, the job is Interrupted")
  void aRebootInterruptsTheJob() throws Exception {
    start("j1", "echo before; sleep 1000");
    awaitOutput("j1", 7);
    cut();
    Files.writeString(bootId, "boot-2\n");
    link = open(false);
    assertEquals(new LinkReport.Dead("rebooted"), next());
    link.settle("j1");
    assertEquals(new LinkReport.JobEnded("j1", new JobEnd.Interrupted()), next());
    assertEquals("before\n", text("j1"));
  }

  @Test
  @DisplayName("behaviour 27: Block pauses the job until a reader reads, and nothing is lost")
  void blockedOutputWaitsForItsReader() throws Exception {
    byte[] bytes = randomFile("data", 500_000);
    link.start(
        new JobOrder(
            "j1",
            "cat '" + directory + "/data'; echo done >&2",
            Input.NONE,
            Duration.ZERO,
            100_000,
            OutputMode.BLOCK));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    awaitOutput("j1", 100_000);
    cut();
    reopen();
    link.start(new JobOrder("j1", "never", Input.NONE, Duration.ZERO, 100_000, OutputMode.BLOCK));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    assertEquals(0, log.end(place("j1", StreamName.ERR)));
    int reading = 0;
    while (reading < 400_000) {
      awaitOutput("j1", reading + 1);
      reading = (int) log.end(place("j1", StreamName.OUT));
      link.read("j1", reading, 0);
    }
    assertEquals(ended("j1", 0), next());
    assertArrayEquals(bytes, out("j1"));
    assertArrayEquals("done\n".getBytes(UTF_8), log.all(place("j1", StreamName.ERR)));
  }

  private static JobOrder limited(String job, String script, long limit, OutputMode mode) {
    return new JobOrder(job, script, Input.NONE, Duration.ZERO, limit, mode);
  }

  @ParameterizedTest
  @ValueSource(ints = {64 * 1024, 300_000, 1024 * 1024})
  @DisplayName("behaviour 27: Block, with a reader at any pace all bytes arrive")
  void threeMegabytesPassThroughASmallLimit(int limit) throws Exception {
    byte[] bytes = randomFile("data", 3_000_000);
    link.start(limited("j1", "cat '" + directory + "/data'; exit 3", limit, OutputMode.BLOCK));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    readAll("j1", bytes.length);
    assertEquals(ended("j1", 3), next());
    assertArrayEquals(bytes, out("j1"));
  }

  /** Reads as a client does: what is stored is received, and the link hears of it. */
  private void readAll(String job, int size) {
    int received = 0;
    while (received < size) {
      awaitOutput(job, received + 1);
      received = (int) log.end(place(job, StreamName.OUT));
      link.read(job, received, 0);
    }
  }

  @Test
  @DisplayName("behaviour 27: Block, without a reader the job waits")
  void aJobWithoutAReaderWaitsAtItsLimitUntilOneComes() throws Exception {
    Path done = directory.resolve("done");
    byte[] bytes = randomFile("data", 500_000);
    link.start(
        limited(
            "j1", "cat '" + directory + "/data'; : >'" + done + "'", 100_000, OutputMode.BLOCK));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    awaitOutput("j1", 100_000);
    assertEquals(null, reports.poll(1, TimeUnit.SECONDS));
    // At the limit, a read of the gate more, and as much again in the pipe.
    assertTrue(log.end(place("j1", StreamName.OUT)) < 100_000 + 65_536);
    assertFalse(Files.exists(done));
    readAll("j1", bytes.length);
    assertEquals(ended("j1", 0), next());
    assertArrayEquals(bytes, out("j1"));
  }

  @Test
  @DisplayName("behaviour 33: limited output and a new owner in mid-job, again and again")
  void newOwnersOfALimitedJobLoseNothing() throws Exception {
    byte[] bytes = randomFile("data", 1_500_000);
    String script = "cat '" + directory + "/data'; echo end >&2; exit 7";
    link.start(limited("j1", script, 100_000, OutputMode.BLOCK));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    for (int part = 1; part <= 4; part++) {
      readAll("j1", part * 200_000);
      cut();
      reopen();
      link.start(limited("j1", "never", 100_000, OutputMode.BLOCK));
      assertEquals(new LinkReport.JobStarted("j1"), next());
    }
    readAll("j1", bytes.length);
    assertEquals(ended("j1", 7), next());
    assertArrayEquals(bytes, out("j1"));
    assertEquals("end\n", new String(log.all(place("j1", StreamName.ERR)), UTF_8));
  }

  @ParameterizedTest
  @ValueSource(longs = {64 * 1024, 64 * 1024 * 1024})
  @DisplayName("behaviour 33: a limited job that ended while nobody owned it is reported")
  void aLimitedJobThatEndedWhileNoLinkWasThereIsReported(long limit) throws Exception {
    String script =
        "i=0; while [ $i -lt 16 ]; do i=$((i+1)); echo line $i; sleep 0.05; done; exit 7";
    link.start(limited("j1", script, limit, OutputMode.BLOCK));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    awaitOutput("j1", 1);
    cut();
    awaitFile(root.resolve("s/" + session + ".1/j/j1.rc"));
    reopen();
    link.start(limited("j1", "never", limit, OutputMode.BLOCK));
    LinkReport report = next();
    assertEquals(ended("j1", 7), report.equals(new LinkReport.JobStarted("j1")) ? next() : report);
    assertTrue(text("j1").startsWith("line 1\nline 2\n"), text("j1"));
    assertTrue(text("j1").endsWith("line 15\nline 16\n"), text("j1"));
  }

  private static void awaitFile(Path file) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!Files.exists(file)) {
      assertTrue(System.nanoTime() < deadline, "there is no " + file);
      Thread.onSpinWait();
    }
  }

  @Test
  @DisplayName("behaviour 27: Block, also when nobody is left but the job and its gates")
  void aLimitedJobWhoseSupervisorWasKilledGoesOnWithItsReader() throws Exception {
    byte[] bytes = randomFile("data", 250_000);
    String script = "cat '" + directory + "/data'; echo; until false; do sleep 0.05; done";
    link.start(limited("j1", script, 100_000, OutputMode.BLOCK));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    awaitOutput("j1", 100_000);
    killSupervisor();
    target.cut();
    assertInstanceOf(LinkReport.Down.class, next());
    link = open(false);
    assertEquals(new LinkReport.Dead("died"), next());
    link.settle("j1");
    readAll("j1", bytes.length + 1);
    assertArrayEquals(bytes, Arrays.copyOf(out("j1"), bytes.length));
  }

  @Test
  @DisplayName("behaviour 27: Drop lets the job go on")
  void droppedOutputLetsTheJobGoOn() throws Exception {
    byte[] bytes = randomFile("data", 500_000);
    link.start(
        new JobOrder(
            "j1",
            "cat '" + directory + "/data'",
            Input.NONE,
            Duration.ZERO,
            100_000,
            OutputMode.DROP));
    assertEquals(new LinkReport.JobStarted("j1"), next());
    assertEquals(ended("j1", 0), next());
    byte[] kept = out("j1");
    assertEquals(500_000, log.end(place("j1", StreamName.OUT)));
    assertTrue(kept.length >= 100_000 - 65_536, kept.length + " bytes");
    assertArrayEquals(
        Arrays.copyOfRange(bytes, bytes.length - 30_000, bytes.length),
        Arrays.copyOfRange(kept, kept.length - 30_000, kept.length));
  }

  @Test
  void whatStartUpFilesPrintIsNoOutputOfAJob() throws Exception {
    Path noise =
        Files.writeString(
            directory.resolve("rc"), "printf 'welcome, no newline'; echo warning >&2\n");
    var noisy =
        new ProcessTransport(
            List.of("bash", "-c"),
            Map.of("BASH_ENV", noise.toString(), "HOLDFAST_BOOT_ID_FILE", bootId.toString()));
    link.hangUp();
    target = noisy;
    opener =
        new HostOpener(
            List.of(target), HostScript.shipped(), settings(root.toString()), log, pool, timers);
    reopen();
    start("j1", "sleep 0.2; echo out; echo err >&2");
    assertEquals(ended("j1", 0), next());
    assertEquals("out\n", text("j1"));
    assertEquals("err\n", new String(log.all(place("j1", StreamName.ERR)), UTF_8));
    run("j2", "head -c 100000 /dev/zero", 0);
    assertArrayEquals(new byte[100_000], out("j2"));
  }

  @Test
  void refusedChannelsCostTimeButNoBytes() throws Exception {
    target.refusals.set(4);
    byte[] bytes = randomFile("data", 200_000);
    run("j1", "sleep 0.1; cat '" + directory + "/data'", 0);
    assertArrayEquals(bytes, out("j1"));
  }

  @Test
  void aSecondOwnerFencesTheFirst() throws Exception {
    link.hangUp();
    link = open(false);
    assertInstanceOf(LinkReport.Up.class, next());
    Link second = open(false);
    var both = List.of(next(), next());
    assertTrue(both.contains(new LinkReport.Fenced(3)), both.toString());
    assertTrue(both.contains(new LinkReport.Up("boot-1", 1, false)), both.toString());
    link = second;
    run("j1", "echo mine", 0);
  }

  @Test
  void whatIsCutIsGoneFromTheTarget() throws Exception {
    run("j1", "echo x", 0);
    Path spool = root.resolve("s/" + session + ".1/j/j1.out");
    assertTrue(Files.exists(spool));
    link.cut(List.of("j1"));
    assertEquals(new LinkReport.SpoolsCut(List.of("j1")), next());
    run("j2", "echo y", 0);
    assertFalse(Files.exists(spool));
    link.start(order("j1", "never"));
    assertEquals(ended("j1", 0), next());
    assertEquals("x\n", text("j1"));
  }

  @Test
  void aSessionThatEndedIsGone() throws Exception {
    link.end(Duration.ofSeconds(1));
    assertEquals(new LinkReport.Ended(), next());
    link = open(false);
    assertEquals(new LinkReport.Gone("closed"), next());
  }

  @Test
  void aWarmRoundTripIsMeasured() throws Exception {
    int rounds = 200;
    long[] nanos = new long[rounds];
    for (int i = 0; i < rounds; i++) {
      long from = System.nanoTime();
      run("j" + i, ":", 0);
      nanos[i] = System.nanoTime() - from;
    }
    Arrays.sort(nanos);
    System.out.printf(
        "warm round trip of ':' p50 %.2f ms, p99 %.2f ms, %d commands%n",
        nanos[rounds / 2] / 1e6, nanos[rounds * 99 / 100] / 1e6, target.runs.get());
  }
}
