package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.RemoteFiles;
import dev.holdfast.transport.Target;
import dev.holdfast.transport.Transport;
import dev.holdfast.transport.TransportException;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A target with a session host, played in memory: it speaks protocol 1 as the real script does, and
 * misbehaves when told to. Jobs do nothing by themselves; the test prints for them and ends them.
 * It lives on when links go, as a real one does. Not thread-safe: it lives in a manual world.
 */
final class FakeHost implements Transport {

  /** What the target knows of one job. */
  static final class Job {
    final String name;
    String state = "none";
    String ending = "";
    String script = "";
    String keys = "";
    String cancelledWith = "";
    int starts;
    boolean quiet;
    boolean inputEnded;
    boolean gone;
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();
    final ByteArrayOutputStream in = new ByteArrayOutputStream();
    final Map<String, byte[]> put = new LinkedHashMap<>();
    final Map<String, Long> acked = new LinkedHashMap<>();
    final List<FakeChannel> followers = new ArrayList<>();

    Job(String name) {
      this.name = name;
    }

    boolean limited() {
      return keys.contains("limit=");
    }

    ByteArrayOutputStream stream(String word) {
      return word.equals("out") ? out : err;
    }
  }

  final Map<String, Job> jobs = new LinkedHashMap<>();
  final List<String> commands = new ArrayList<>();
  final List<String> heard = new ArrayList<>();

  /** How what is said on the attach channel is cut into pieces. */
  Function<byte[], List<byte[]>> split = List::of;

  boolean installed = true;
  byte[] installedScript = new byte[0];
  String installComplaint = "";
  boolean silentInstall;
  boolean created;
  String preamble = "";

  /** What is answered to {@code hello} instead of READY. */
  String verdict = "";

  Failure unreachable;
  boolean silent;
  boolean mute;
  boolean dropPushes;
  int refusedChannels;
  boolean stalledFollows;
  boolean forgetsChunks;
  String refusedPuts = "";
  String refusedStarts = "";
  long fencedBy;
  int generation = 1;

  private FakeChannel attach;
  private String nonce = "";
  private CompletableFuture<Failure> gone = new CompletableFuture<>();
  private int scriptLines;
  private String scriptJob = "";

  // What a test does

  Job job(String name) {
    return jobs.computeIfAbsent(name, Job::new);
  }

  FakeChannel attach() {
    return attach;
  }

  void print(String job, String word, byte[] bytes) {
    Job j = job(job);
    int offset = j.stream(word).size();
    j.stream(word).writeBytes(bytes);
    if (j.limited()) {
      push(chunk(j, word, offset, bytes));
    }
    if (!stalledFollows) {
      for (FakeChannel follower : j.followers) {
        if (word.equals("out")) {
          follower.say(bytes);
        } else {
          follower.complain(bytes);
        }
      }
    }
  }

  private static byte[] chunk(Job j, String word, int offset, byte[] bytes) {
    var said = new ByteArrayOutputStream();
    said.writeBytes(
        ascii("CHUNK " + j.name + " " + word + " " + offset + " " + bytes.length + "\n"));
    said.writeBytes(bytes);
    return said.toByteArray();
  }

  void finish(String job, int code) {
    finish(job, code, "-");
  }

  void finish(String job, int code, String why) {
    Job j = job(job);
    j.state = "done";
    j.ending = code + " " + generation + " " + why;
    var said = new ByteArrayOutputStream();
    String head = "EXIT " + job + " " + j.ending + " ";
    if (j.quiet || j.limited()) {
      said.writeBytes(ascii(head + "size " + j.out.size() + " " + j.err.size() + "\n"));
    } else if (j.out.size() == 0 && j.err.size() == 0) {
      said.writeBytes(ascii(head + "empty\n"));
    } else {
      said.writeBytes(ascii(head + "inline\n"));
      for (var stream : List.of(j.out, j.err)) {
        said.writeBytes(Arrays.copyOf(stream.toByteArray(), Math.min(65_536, stream.size())));
        said.writeBytes(ascii(nonce + "\n"));
      }
    }
    push(said.toByteArray());
  }

  void push(String line) {
    push(ascii(line + "\n"));
  }

  private void push(byte[] bytes) {
    if (!dropPushes) {
      say(bytes);
    }
  }

  void breakLink() {
    gone.complete(new Failure(Failure.Kind.LINK_LOST, "the network is gone", "wait for it"));
    for (Job j : jobs.values()) {
      j.followers.forEach(FakeChannel::breakDown);
      j.followers.clear();
    }
    if (attach != null) {
      attach.breakDown();
    }
  }

  private void say(String line) {
    say(ascii(line + "\n"));
  }

  private void say(byte[] bytes) {
    if (attach != null && !mute) {
      split.apply(bytes).forEach(attach::say);
    }
  }

  // The transport

  @Override
  public String scheme() {
    return "ssh";
  }

  @Override
  public CompletionStage<Connection> connect(Target target, Duration deadline) {
    if (unreachable != null) {
      return CompletableFuture.failedFuture(new TransportException(unreachable));
    }
    if (silent) {
      return new CompletableFuture<>();
    }
    gone = new CompletableFuture<>();
    var mine = gone;
    return CompletableFuture.completedFuture(
        new Connection() {
          @Override
          public CompletionStage<Channel> run(String command, Duration within) {
            return FakeHost.this.run(command);
          }

          @Override
          public CompletionStage<RemoteFiles> files(Duration within) {
            return CompletableFuture.failedFuture(
                new TransportException(Failure.Kind.NO_SFTP, "no files here", "-"));
          }

          @Override
          public CompletionStage<Failure> gone() {
            return mine;
          }

          @Override
          public void close() {
            mine.complete(new Failure(Failure.Kind.LINK_LOST, "closed", "-"));
          }
        });
  }

  @Override
  public void close() {}

  private CompletionStage<Channel> run(String command) {
    commands.add(command);
    var channel = new FakeChannel(command);
    String[] words = command.replaceAll(".*exec sh \\$f ([^;]*);.*", "$1").split(" ", -1);
    if (command.contains("cat >$t")) {
      install(channel);
    } else if (words[0].equals("attach")) {
      attach(channel, words);
    } else if (refusedChannels > 0) {
      refusedChannels--;
      return CompletableFuture.failedFuture(
          new TransportException(Failure.Kind.OVERLOADED, "no more channels", "raise MaxSessions"));
    } else {
      data(channel, words);
    }
    return CompletableFuture.completedFuture(channel);
  }

  private void install(FakeChannel channel) {
    if (!installComplaint.isEmpty()) {
      channel.complain(ascii(installComplaint + "\n"));
      channel.exit(1);
      return;
    }
    channel.say(ascii("\n" + HostCommands.MARK + "\n"));
    if (silentInstall) {
      return;
    }
    channel.onInputEnd(
        () -> {
          installed = true;
          installedScript = channel.input();
          channel.sayLine("OK");
          channel.exit(0);
        });
  }

  private void attach(FakeChannel channel, String[] words) {
    channel.say(ascii(preamble + "\n"));
    if (!installed) {
      channel.sayLine("NOHOST");
      channel.exit(0);
      return;
    }
    attach = channel;
    scriptLines = 0;
    jobs.values().forEach(j -> j.quiet = false);
    say("HOLDFAST 1 boot-1 dash");
    String epoch = words[3];
    channel.onLine(
        line -> {
          attach = channel;
          heard(line, epoch);
        });
  }

  private void heard(String line, String epoch) {
    if (scriptLines > 0) {
      scriptLines--;
      job(scriptJob).script += line + "\n";
      return;
    }
    heard.add(line);
    String[] f = line.split(" ", -1);
    if (f[0].equals("hello")) {
      nonce = f[1];
      say(verdict.isEmpty() ? "READY " + epoch + " " + generation + " " + openedAs() : verdict);
      created = true;
      return;
    }
    if (fencedBy > 0 && !f[0].equals("ping")) {
      say("FENCED " + fencedBy);
      attach.exit(0);
      return;
    }
    switch (f[0]) {
      case "ping" -> say("PONG " + f[1]);
      case "script" -> {
        scriptJob = f[1];
        scriptLines = Integer.parseInt(f[2]);
        job(scriptJob).script = "";
      }
      case "start" -> start(job(f[1]), line);
      case "status" -> state(job(f[1]));
      case "void" -> {
        Job j = job(f[1]);
        if (j.state.equals("none")) {
          j.state = "void";
        }
        state(j);
      }
      case "quiet" -> job(f[1]).quiet = true;
      case "size" -> say("SIZE " + f[1] + " " + job(f[1]).out.size() + " " + job(f[1]).err.size());
      case "cancel" -> {
        job(f[1]).cancelledWith = f[2];
        say("CANCELLING " + f[1]);
      }
      case "input" -> input(job(f[1]), Long.parseLong(f[2]));
      case "eof" -> {
        job(f[1]).inputEnded = true;
        say("INPUT " + f[1] + " eof");
      }
      case "ack" -> job(f[1]).acked.put(f[2], Long.parseLong(f[3]));
      case "resend" -> resend(job(f[1]), f[2], Integer.parseInt(f[3]));
      case "gc" -> {
        for (int i = 1; i < f.length; i++) {
          job(f[i]).gone = true;
        }
        say("OK " + line);
      }
      case "close" -> {
        say("CLOSED");
        attach.exit(0);
      }
      default -> throw new AssertionError("the node said " + line);
    }
  }

  private String openedAs() {
    return created ? "resumed" : "created";
  }

  private void start(Job j, String line) {
    if (!refusedStarts.isEmpty()) {
      say("NOSTART " + j.name + " " + refusedStarts);
    } else if (j.state.equals("none")) {
      j.state = "running";
      j.starts++;
      j.keys = line;
      if (line.contains("in=file")) {
        j.in.writeBytes(j.put.getOrDefault("in", new byte[0]));
        j.inputEnded = true;
      }
      if (j.put.containsKey("script")) {
        j.script = new String(j.put.get("script"), ISO_8859_1);
      }
      push("STARTED " + j.name);
    } else {
      state(j);
    }
  }

  private void state(Job j) {
    say("STATE " + j.name + " " + j.state + (j.state.equals("done") ? " " + j.ending : ""));
  }

  private void input(Job j, long offset) {
    if (offset == j.in.size() && j.put.containsKey("in." + offset)) {
      j.in.writeBytes(j.put.get("in." + offset));
    }
    say("INPUT " + j.name + " " + j.in.size());
  }

  private void resend(Job j, String word, int from) {
    if (forgetsChunks || !j.limited()) {
      return;
    }
    byte[] all = j.stream(word).toByteArray();
    for (int at = from; at < all.length; at += 1000) {
      say(chunk(j, word, at, Arrays.copyOfRange(all, at, Math.min(all.length, at + 1000))));
    }
  }

  // Data channels: VERB ROOT SID JOB ...

  private void data(FakeChannel channel, String[] words) {
    channel.say(ascii("motd\n" + HostCommands.MARK + "\n"));
    channel.complain(ascii("setlocale: no such locale\n" + HostCommands.MARK + "\n"));
    Job j = job(words[3]);
    switch (words[0]) {
      case "follow" -> {
        j.followers.add(channel);
        if (!stalledFollows) {
          channel.say(from(j.out, words[4]));
          channel.complain(from(j.err, words[5]));
        }
      }
      case "read" -> {
        if (j.limited()) {
          channel.exit(2);
          return;
        }
        byte[] rest = from(j.stream(words[4]), words[5]);
        channel.say(Arrays.copyOf(rest, (int) Math.min(rest.length, Long.parseLong(words[6]))));
        channel.exit(0);
      }
      case "put" -> {
        if (!refusedPuts.isEmpty()) {
          channel.sayLine("REFUSED " + refusedPuts);
          channel.exit(0);
        } else {
          channel.onInputEnd(
              () -> {
                j.put.put(words[4], channel.input());
                channel.sayLine("OK");
                channel.exit(0);
              });
        }
      }
      default -> throw new AssertionError("the node ran " + String.join(" ", words));
    }
  }

  private static byte[] from(ByteArrayOutputStream stream, String offset) {
    byte[] all = stream.toByteArray();
    int at = Math.min(all.length, Integer.parseInt(offset));
    return Arrays.copyOfRange(all, at, all.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}
