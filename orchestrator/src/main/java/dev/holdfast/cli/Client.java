package dev.holdfast.cli;

import dev.holdfast.client.CallFailed;
import dev.holdfast.client.Follow;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.Sink;
import dev.holdfast.client.Terms;
import dev.holdfast.client.Weather;
import dev.holdfast.protocol.v1.EventsGrpc;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.NodesGrpc;
import dev.holdfast.protocol.v1.ProfilesGrpc;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.protocol.v1.TerminalsGrpc;
import dev.holdfast.protocol.v1.WebhooksGrpc;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The way to the server, as the options name it: {@link Holdfast}, whose troubles are told in the
 * words of a command line and have an exit code.
 */
final class Client implements AutoCloseable {

  private final Holdfast holdfast;

  Client(ServerOptions options, Surroundings around) {
    this(options, around, new News(around));
  }

  /** Tells on standard error that the server is away, and back. */
  /** A client that says nothing while it waits: somebody looks at a screen. */
  static Client quiet(ServerOptions options, Surroundings around) {
    return new Client(options, around, Weather.UNHEARD);
  }

  private Client(ServerOptions options, Surroundings around, Weather weather) {
    var terms = options.patience == null ? Terms.USUAL : Terms.USUAL.waiting(options.patience);
    this.holdfast = new Holdfast(() -> Servers.all(options, around), terms, weather);
  }

  private record News(Surroundings around) implements Weather {

    @Override
    public void away(CallFailed why, boolean everReached) {
      around.say("holdfast: " + what(why, everReached) + ", trying again ... (Ctrl-C ends this)");
    }

    private static String what(CallFailed why, boolean everReached) {
      if (!everReached) {
        return "no server yet";
      }
      return switch (why.kind()) {
        case "no-server", "connection-lost" -> "connection lost";
        default -> why.failure().getCause();
      };
    }

    @Override
    public void back() {
      around.say("holdfast: connected again");
    }
  }

  <T> T sessions(Function<SessionsGrpc.SessionsBlockingStub, T> call) {
    return told(() -> holdfast.sessions(call));
  }

  /** A call about sessions that may take {@code within} at the server. */
  <T> T sessions(Duration within, Function<SessionsGrpc.SessionsBlockingStub, T> call) {
    return told(() -> holdfast.sessions(within, call));
  }

  <T> T jobs(Function<JobsGrpc.JobsBlockingStub, T> call) {
    return told(() -> holdfast.jobs(call));
  }

  /** A call about jobs that may take {@code within} at the server. */
  <T> T jobs(Duration within, Function<JobsGrpc.JobsBlockingStub, T> call) {
    return told(() -> holdfast.jobs(within, call));
  }

  /** A call about jobs that is made once, whatever comes of it. */
  <T> T jobsOnce(Function<JobsGrpc.JobsBlockingStub, T> call) {
    return told(() -> holdfast.once(channel -> call.apply(JobsGrpc.newBlockingStub(channel))));
  }

  /** A call about terminals that may take {@code within} at the server. */
  <T> T terminals(Duration within, Function<TerminalsGrpc.TerminalsBlockingStub, T> call) {
    return told(() -> holdfast.terminals(within, call));
  }

  <T> T nodes(Function<NodesGrpc.NodesBlockingStub, T> call) {
    return told(() -> holdfast.nodes(call));
  }

  /** A call about events that may take {@code within} at the server. */
  <T> T events(Duration within, Function<EventsGrpc.EventsBlockingStub, T> call) {
    return told(() -> holdfast.events(within, call));
  }

  <T> T webhooks(Function<WebhooksGrpc.WebhooksBlockingStub, T> call) {
    return told(() -> holdfast.webhooks(call));
  }

  <T> T profiles(Function<ProfilesGrpc.ProfilesBlockingStub, T> call) {
    return told(() -> holdfast.profiles(call));
  }

  /** Reads a job's output from these bytes on, as {@code reading} says. */
  Job follow(String job, long fromOut, long fromErr, Sink sink, Function<Follow, Job> reading) {
    return told(() -> reading.apply(holdfast.follow(job, fromOut, fromErr, sink)));
  }

  /** Copies files, as {@code copying} says. */
  <T> T copying(Function<Holdfast, T> copying) {
    return told(() -> copying.apply(holdfast));
  }

  /** Gives a job its standard input, and the end. */
  void giveInput(String job, InputStream in) throws IOException {
    try {
      holdfast.giveInput(job, in);
    } catch (CallFailed failed) {
      throw Failed.of(failed);
    }
  }

  /** The key the user gave, or a new one. */
  static String key(String given) {
    return given == null ? Holdfast.key() : given;
  }

  @Override
  public void close() {
    holdfast.close();
  }

  private static <T> T told(Supplier<T> call) {
    try {
      return call.get();
    } catch (CallFailed failed) {
      throw Failed.of(failed);
    }
  }
}
