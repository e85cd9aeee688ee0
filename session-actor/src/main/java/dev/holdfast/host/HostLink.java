package dev.holdfast.host;

import dev.holdfast.host.Timers.Timer;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.JobOrder;
import dev.holdfast.transport.Link;
import dev.holdfast.transport.LinkReport;
import dev.holdfast.transport.LinkRequest;
import dev.holdfast.transport.Transport;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A link by the target host protocol ({@code docs/target-host.md}): one attach channel that carries
 * requests and answers, and short-lived channels beside it for bulk.
 *
 * <p>Opening is a pipeline: {@code connect → attach → greeted → up}, with one detour through {@code
 * install} when the target does not have the host script yet; one deadline spans it all.
 *
 * <p>Everything happens on one {@link Serial}: what callers ask, what the target says, what timers
 * and finished reads bring. So there are no locks here, reports leave in order, and a link without
 * traffic costs no thread. Storing output blocks the serial's thread, not the transport's.
 *
 * <p>What the target pushes is a hint. What proves anything is an answer: a running job is asked
 * about every {@code status-interval}, a link is pinged every {@code ping-interval}, and an answer
 * that does not come within {@code ping-timeout} is a lost link.
 */
final class HostLink implements Link {

  private static final Logger LOG = LoggerFactory.getLogger(HostLink.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int READ = 16 * 1024;
  private static final int MAX_EARLY = 256;
  private static final int MAX_JOBS = 256;

  /** What a link shares with all others of its node. */
  record Node(
      HostScript script,
      HostSettings settings,
      OutputLog log,
      Executor pool,
      Timers timers,
      Installs installs) {}

  private enum Phase {
    OPENING,
    UP,
    DEAD,
    OVER
  }

  private final Node node;
  private final LinkRequest request;
  private final Listener listener;
  private final Transport transport;
  private final HostCommands commands;
  private final Serial serial;
  private final Alarms alarms;
  private final Map<String, HostJob> jobs = new HashMap<>();
  private final SpoolCuts spoolCuts =
      new SpoolCuts(this::cutNow, cut -> report(new LinkReport.SpoolsCut(cut)));

  private Phase phase = Phase.OPENING;
  private ArrayDeque<Runnable> early = new ArrayDeque<>();
  private Timer deadline = Timer.NONE;
  private boolean touched;
  private boolean installed;
  private CompletableFuture<Void> installing;
  private DataChannel installChannel;

  private Connection connection;
  private Channel channel;
  private Requests requests;
  private SaidParser parser;
  private String bootId = "";
  private int generation;
  private long pings;
  private long pongs;
  private String stderr = "";
  private boolean closing;
  private Optional<Duration> farewell = Optional.empty();
  private boolean rebooted;

  HostLink(
      Node node,
      LinkRequest request,
      Listener listener,
      Transport transport,
      HostCommands commands) {
    this.node = node;
    this.request = request;
    this.listener = listener;
    this.transport = transport;
    this.commands = commands;
    this.serial = new Serial(node.pool(), this::broken);
    this.alarms = new Alarms(node.timers(), serial);
  }

  // Opening

  void open() {
    serial.execute(this::connect);
  }

  private void connect() {
    deadline =
        after(
            request.deadline(),
            () -> {
              if (phase == Phase.OPENING) {
                failed(
                    Refusals.timedOut(
                        "the session was not reached within "
                            + request.deadline().toMillis()
                            + " ms"));
              }
            });
    transport
        .connect(request.target(), request.deadline())
        .whenComplete(onSerial(this::connected, lost -> failed(Refusals.in(lost))));
  }

  private void connected(Connection borrowed) {
    if (phase == Phase.OVER) {
      borrowed.close();
      return;
    }
    connection = borrowed;
    connection.gone().thenAccept(why -> serial.execute(() -> down(why)));
    attach();
  }

  private void attach() {
    touched = true;
    String command =
        request.create()
            ? commands.attachCreating(
                request.epoch(),
                request.shell(),
                request.idleTimeout(),
                startLines(),
                request.start().timeout())
            : commands.attachResuming(request.epoch());
    connection
        .run(command, request.deadline())
        .whenComplete(onSerial(this::attached, this::notAttached));
  }

  /** It travels behind the greeting: what it holds must not stand in an argv. */
  private int startLines() {
    String script = request.start().script();
    return script.isEmpty() ? 0 : script.split("\n", -1).length;
  }

  private void notAttached(Throwable why) {
    Failure failure = Refusals.in(why);
    if (failure.kind() == Failure.Kind.OVERLOADED) {
      touched = false;
    }
    failed(failure);
  }

  private void attached(Channel opened) {
    if (phase == Phase.OVER) {
      opened.close();
      return;
    }
    channel = opened;
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    String nonce = HexFormat.of().formatHex(random);
    parser = new SaidParser(nonce);
    requests = new Requests(opened, serial, this::down);
    requests.send(
        "hello "
            + nonce
            + (request.create() && startLines() > 0 ? "\n" + request.start().script() : ""));
    listen(opened);
    listenToErrors(opened);
  }

  private void listen(Channel to) {
    to.readOut(READ).whenComplete((bytes, failed) -> serial.execute(() -> got(to, bytes, failed)));
  }

  private void got(Channel from, ByteBuffer bytes, Throwable failed) {
    if (from != channel || phase == Phase.OVER) {
      return;
    }
    if (failed != null) {
      down(Refusals.in(failed));
      return;
    }
    if (!bytes.hasRemaining()) {
      attachEnded(from);
      return;
    }
    try {
      parser.feed(bytes, this::heard);
    } catch (ProtocolException e) {
      down(Refusals.protocol("the target said what the protocol does not know: " + e.getMessage()));
    }
    if (from == channel && phase != Phase.OVER) {
      listen(from);
    }
  }

  /** Keeps the last words on standard error: they explain an end that nothing else explains. */
  private void listenToErrors(Channel to) {
    to.readErr(512)
        .whenComplete(
            (bytes, failed) ->
                serial.execute(
                    () -> {
                      if (failed == null && bytes.hasRemaining() && phase != Phase.OVER) {
                        stderr = Text.latin(bytes);
                        listenToErrors(to);
                      }
                    }));
  }

  private void attachEnded(Channel ended) {
    ended
        .ended()
        .whenComplete(
            onSerial(
                status -> {
                  if (ended == channel) {
                    down(hostEnded(status));
                  }
                },
                lost -> {
                  if (ended == channel) {
                    down(Refusals.in(lost));
                  }
                }));
    after(
        Duration.ofSeconds(1),
        () -> {
          if (ended == channel) {
            down(Refusals.lost("the target closed the link"));
          }
        });
  }

  private Failure hostEnded(int status) {
    String words = Text.shown(parser.skipped() + " " + stderr);
    String cause =
        "the target ended the link with status "
            + status
            + (words.isEmpty() ? "" : " and said: " + words);
    if (phase != Phase.OPENING) {
      return Refusals.lost(cause);
    }
    if (!request.start().user().isEmpty() && (status == 1 || status == 126 || status == 127)) {
      touched = false;
      return Refusals.sudo(request.start().user(), words);
    }
    return status == 126 || status == 127
        ? new Failure(
            Failure.Kind.TARGET_UNFIT, cause, "the target needs a POSIX sh for its account")
        : Refusals.protocol(cause);
  }

  private void install() {
    if (installed) {
      failed(Refusals.protocol("the session host was installed, but cannot be found"));
      return;
    }
    installed = true;
    node.installs()
        .once(
            request.target()
                + " "
                + request.start().user()
                + " "
                + node.settings().root(request.target()),
            this::sendScript)
        .whenComplete(
            onSerial(
                done -> attachAgain(),
                // Whoever did the work for us may have failed for a reason of its own.
                why -> {
                  if (installing == null) {
                    installed = false;
                    attachAgain();
                  } else {
                    failed(Refusals.in(why));
                  }
                }));
  }

  private void attachAgain() {
    if (phase == Phase.OPENING) {
      attach();
    }
  }

  private CompletionStage<Void> sendScript() {
    installing = new CompletableFuture<>();
    var answer = new StringBuilder();
    var sink =
        new DataChannel.Sink() {
          @Override
          public void bytes(StreamName stream, ByteBuffer bytes) {
            answer.append(Text.latin(bytes));
          }

          @Override
          public void ended(Optional<Failure> failure) {
            if (failure.isEmpty() && answer.toString().startsWith("OK")) {
              installing.complete(null);
              return;
            }
            Failure why =
                failure
                    .filter(f -> f.kind() != Failure.Kind.PROTOCOL)
                    .orElseGet(() -> Refusals.ofInstall(installChannel.noise(StreamName.ERR)));
            installing.completeExceptionally(new TransportException(why));
          }
        };
    installChannel =
        DataChannel.send(
            connection,
            commands.install(),
            DataChannel.Source.of(node.script().text()),
            request.deadline(),
            serial,
            node.timers(),
            sink);
    return installing;
  }

  // What the target says

  private void heard(Said said) {
    switch (phase) {
      case OPENING -> heardOpening(said);
      case UP, DEAD -> heardUp(said);
      case OVER -> {}
    }
  }

  private void heardOpening(Said said) {
    if (said instanceof Said.NoHost) {
      channel.close();
      channel = null;
      touched = false;
      install();
    } else if (said instanceof Said.Greeting greeting) {
      if (greeting.version() != 1) {
        failed(Refusals.protocol("the target speaks protocol " + greeting.version()));
      }
      bootId = greeting.bootId();
    } else if (said instanceof Said.Ready ready) {
      ready(ready);
    } else if (said instanceof Said.Dead dead) {
      phase = Phase.DEAD;
      rebooted = dead.why().equals("rebooted");
      opened(new LinkReport.Dead(dead.why()));
    } else if (said instanceof Said.Gone gone) {
      gone(gone.why());
    } else if (said instanceof Said.Fenced fenced) {
      over(new LinkReport.Fenced(fenced.by()));
    } else if (said instanceof Said.Refused refused) {
      touched = !Refusals.comesFirst(refused.kind());
      failed(Refusals.of(refused.kind(), refused.text()));
    } else {
      failed(Refusals.protocol("the target spoke out of turn"));
    }
  }

  private void gone(String why) {
    boolean asWished = closing && !why.equals("expired");
    over(asWished ? new LinkReport.Ended() : new LinkReport.Gone(why));
  }

  private void ready(Said.Ready ready) {
    if (ready.epoch() != request.epoch()) {
      failed(Refusals.protocol("the target answered for epoch " + ready.epoch()));
      return;
    }
    phase = Phase.UP;
    generation = ready.generation();
    opened(new LinkReport.Up(bootId, generation, ready.created()));
  }

  private void opened(LinkReport report) {
    deadline.cancel();
    after(node.settings().pingInterval(), this::ping);
    report(report);
    var waiting = early;
    early = null;
    waiting.forEach(Runnable::run);
  }

  private void heardUp(Said said) {
    if (said instanceof Said.OfJob ofJob) {
      heardOfJob(ofJob);
    } else if (said instanceof Said.Collected collected) {
      spoolCuts.heard(collected.jobs());
    } else if (said instanceof Said.Pong pong) {
      pongs = Math.max(pongs, pong.number());
    } else if (said instanceof Said.Fenced fenced) {
      over(new LinkReport.Fenced(fenced.by()));
    } else if (said instanceof Said.Closed) {
      over(new LinkReport.Ended());
    } else if (said instanceof Said.Gone gone) {
      gone(gone.why());
    } else if (said instanceof Said.Dead dead && phase == Phase.UP) {
      // The next link finds it dead from the start, and its owner begins to settle.
      down(Refusals.lost("the session's supervisor is gone (" + dead.why() + ")"));
    } else if (said instanceof Said.Refused refused) {
      down(Refusals.of(refused.kind(), refused.text()));
    } else if (!(said instanceof Said.Other)) {
      down(Refusals.protocol("the target spoke out of turn"));
    }
  }

  private void heardOfJob(Said.OfJob said) {
    if (said instanceof Said.Renewed renewed) {
      generation(renewed.job(), renewed.generation());
    } else if (said instanceof Said.Escaped escaped) {
      report(new LinkReport.Escaped(escaped.job(), escaped.pids()));
    } else {
      HostJob job = jobs.get(said.job());
      if (job != null) {
        job.heard(said);
      }
    }
  }

  private void ping() {
    long number = ++pings;
    requests.send("ping " + number);
    after(
        node.settings().pingTimeout(),
        () -> {
          if (pongs < number && (!closing || farewell.isPresent())) {
            down(Refusals.lost("the target did not answer for " + node.settings().pingTimeout()));
          }
        });
    after(node.settings().pingInterval(), this::ping);
  }

  // What the owner asks

  @Override
  public void start(JobOrder order) {
    HostCommands.id(order.job());
    if (order.script().indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a script cannot hold the character NUL");
    }
    act(() -> job(order.job()).start(order));
  }

  @Override
  public void settle(String job) {
    HostCommands.id(job);
    act(() -> job(job).settle());
  }

  @Override
  public void cancel(String job, Duration grace) {
    HostCommands.id(job);
    act(
        () -> {
          String line = "cancel " + job + " " + Math.min(3600, Math.max(0, grace.toSeconds()));
          HostJob known = jobs.get(job);
          if (known == null) {
            requests.send(line);
          } else {
            known.cancel(line);
          }
        });
  }

  @Override
  public void resize(String job, int columns, int rows) {
    HostCommands.id(job);
    act(() -> requests.send("resize " + job + " " + columns + " " + rows));
  }

  @Override
  public void input(String job, OptionalLong size) {
    act(
        () -> {
          HostJob known = jobs.get(job);
          if (known != null) {
            known.input(size);
          }
        });
  }

  @Override
  public void read(String job, long out, long err) {
    act(
        () -> {
          HostJob known = jobs.get(job);
          if (known != null) {
            known.read(out, err);
          }
        });
  }

  @Override
  public void cut(List<String> ended) {
    ended.forEach(HostCommands::id);
    act(() -> spoolCuts.add(ended));
  }

  private void cutNow(List<String> jobs) {
    try {
      for (String job : jobs) {
        makeSafe(job);
      }
      requests.send("gc " + String.join(" ", jobs));
    } catch (IOException e) {
      down(Refusals.cannotStore(e));
    }
  }

  @Override
  public void end(Duration grace) {
    serial.execute(() -> closing = true);
    act(
        () -> {
          farewell = Optional.of(grace);
          sayFarewell();
        });
  }

  /** Ends the far side, if that was asked for and no job is left of which it has more to tell. */
  void sayFarewell() {
    if (farewell.isEmpty() || jobs.values().stream().anyMatch(HostJob::isClosingAccounts)) {
      return;
    }
    long seconds = Math.min(3600, Math.max(0, farewell.get().toSeconds()));
    farewell = Optional.empty();
    send("close " + seconds);
    after(
        Duration.ofSeconds(seconds).plus(node.settings().pingTimeout()),
        () -> down(Refusals.lost("the target did not confirm the end of the session")));
  }

  @Override
  public void hangUp() {
    serial.execute(this::release);
  }

  /** Does it on the serial, once the link is up, and not when it is over. */
  private void act(Runnable act) {
    serial.execute(
        () -> {
          if (phase == Phase.UP || phase == Phase.DEAD) {
            act.run();
          } else if (phase == Phase.OPENING && early.size() < MAX_EARLY) {
            early.add(act);
          }
        });
  }

  private HostJob job(String job) {
    if (jobs.size() >= MAX_JOBS && !jobs.containsKey(job)) {
      down(Refusals.lost("more than " + MAX_JOBS + " jobs at once on one link"));
    }
    return jobs.computeIfAbsent(job, id -> new HostJob(this, id));
  }

  // What jobs need of their link

  HostSettings settings() {
    return node.settings();
  }

  OutputLog log() {
    return node.log();
  }

  OutputLog.Place place(String job, StreamName stream) {
    return new OutputLog.Place(request.session(), job, stream);
  }

  /** Makes what is stored of the job's output survive a power cut. */
  void makeSafe(String job) throws IOException {
    node.log().sync(request.session(), job);
  }

  HostCommands commands() {
    return commands;
  }

  long nanoTime() {
    return node.timers().nanoTime();
  }

  boolean dead() {
    return phase == Phase.DEAD;
  }

  /** The target restarted: what it wrote last may never have reached its disk. */
  boolean rebooted() {
    return rebooted;
  }

  void send(String line) {
    if (phase != Phase.OVER) {
      requests.send(line);
    }
  }

  void report(LinkReport report) {
    if (phase != Phase.OVER) {
      tell(report);
    }
  }

  /** The job needs the link no more. */
  void forget(String job) {
    jobs.remove(job);
    sayFarewell();
  }

  /** A generation that a job was seen in; a higher one than known means that the shell is new. */
  void generation(String job, int seen) {
    if (phase == Phase.UP && seen > generation) {
      generation = seen;
      report(new LinkReport.Renewed(job, seen));
    }
  }

  DataChannel open(String command, DataChannel.Sink sink) {
    return DataChannel.open(
        connection, command, settings().channelTimeout(), serial, node.timers(), sink);
  }

  DataChannel send(String command, DataChannel.Source input, DataChannel.Sink sink) {
    return DataChannel.send(
        connection, command, input, settings().channelTimeout(), serial, node.timers(), sink);
  }

  /** Runs a task later on the serial, unless the link is over by then. */
  Timer after(Duration delay, Runnable task) {
    return alarms.after(delay, task);
  }

  // Ends

  private void failed(Failure failure) {
    if (phase == Phase.OPENING) {
      over(new LinkReport.Failed(failure, touched));
    }
  }

  /** A mistake of ours must not leave the session waiting. */
  private void broken(RuntimeException bug) {
    down(Refusals.protocol("the link failed by a mistake of this program: " + bug));
  }

  /** The link is lost; while it is being opened, the attempt has failed. */
  void down(Failure failure) {
    if (phase == Phase.OPENING) {
      failed(failure);
    } else if (phase != Phase.OVER) {
      over(new LinkReport.Down(failure));
    }
  }

  private void over(LinkReport last) {
    release();
    tell(last);
  }

  private void tell(LinkReport report) {
    try {
      listener.on(report);
    } catch (RuntimeException bug) {
      LOG.error("the owner of session {} failed at {}", request.session(), report, bug);
    }
  }

  private void release() {
    if (phase == Phase.OVER) {
      return;
    }
    phase = Phase.OVER;
    alarms.end();
    early = null;
    jobs.values().forEach(HostJob::close);
    jobs.clear();
    if (installChannel != null) {
      installChannel.close();
      installing.completeExceptionally(
          new TransportException(
              Refusals.lost("the link that installed the session host was given up")));
    }
    if (channel != null) {
      Hangup.of(channel, node.timers());
    }
    if (connection != null) {
      connection.close();
    }
  }

  private <T> BiConsumer<T, Throwable> onSerial(Consumer<T> then, Consumer<Throwable> otherwise) {
    return (value, failure) ->
        serial.execute(
            () -> {
              if (failure == null) {
                then.accept(value);
              } else {
                otherwise.accept(failure);
              }
            });
  }
}
