package dev.holdfast.transport.ssh;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;
import static dev.holdfast.fixture.Streams.awaitFailure;
import static dev.holdfast.fixture.Streams.readOut;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.fixture.FlakyProxy;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.Target;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that are shared, lost, kept for a while and given back. */
class SharingTest {

  @TempDir Path dir;
  private SshHost host;
  private SshClientSide client;

  @BeforeEach
  void start() {
    client = new SshClientSide(dir);
    host = SshHost.start().accept(client.key());
    client.knowing(host.knownHostsLine());
  }

  @AfterEach
  void stop() {
    host.close();
  }

  private static String run(Connection connection, String command) {
    return new String(readOut(await(connection.run(command, PATIENCE))), UTF_8).strip();
  }

  @Test
  void sessionsOnOneTargetShareAConnectionAlsoWhenTheyBeginTogether() {
    try (SshTransport transport = client.transport()) {
      var stages = new ArrayList<CompletionStage<Connection>>();
      for (int i = 0; i < 6; i++) {
        stages.add(transport.connect(host.target(), PATIENCE));
      }
      stages.forEach(stage -> assertEquals("ok", run(await(stage), "echo ok")));
      assertEquals(1, host.arrivals());
    }
  }

  @Test
  void anotherUserHasAnotherConnection() {
    try (SshTransport transport = client.transport()) {
      await(transport.connect(host.target(), PATIENCE));
      await(transport.connect(Target.parse("other@127.0.0.1:" + host.port()), PATIENCE));
      assertEquals(2, host.connections());
    }
  }

  @Test
  void aConnectionGivenBackIsKeptForTheNextBorrower() {
    try (SshTransport transport = client.transport()) {
      await(transport.connect(host.target(), PATIENCE)).close();
      assertEquals("again", run(await(transport.connect(host.target(), PATIENCE)), "echo again"));
      assertEquals(1, host.arrivals());
    }
  }

  @Test
  void anUnusedConnectionIsClosedAfterTheLingerTime() {
    client.set("linger", "100ms");
    try (SshTransport transport = client.transport();
        var proxy = FlakyProxy.before(host.port())) {
      client.knowing(host.knownHostsLine().replace(":" + host.port(), ":" + proxy.port()));
      Target target = Target.parse("tester@127.0.0.1:" + proxy.port());
      Connection first = await(transport.connect(target, PATIENCE));
      Connection second = await(transport.connect(target, PATIENCE));
      Channel channel = await(second.run("cat", PATIENCE));
      first.close();
      second.close();
      // A channel keeps the connection up when nobody has a lease any more.
      await(channel.write(UTF_8.encode("still here\n")));
      assertEquals("still here\n", UTF_8.decode(await(channel.readOut(100))).toString());
      channel.endInput();
      assertEquals(0, await(channel.ended()));
      await(proxy.whenUnused());
    }
  }

  @Test
  void aLostConnectionIsToldToAllItsBorrowersAndTheNextOneGetsANewOne() {
    try (SshTransport transport = client.transport()) {
      Connection one = await(transport.connect(host.target(), PATIENCE));
      Connection two = await(transport.connect(host.target(), PATIENCE));
      Channel channel = await(one.run("cat", PATIENCE));
      host.killConnections();
      assertEquals(Kind.LINK_LOST, await(one.gone()).kind());
      assertEquals(Kind.LINK_LOST, await(two.gone()).kind());
      assertEquals(0, readOut(channel).length);
      assertEquals(Kind.LINK_LOST, Failure.of(awaitFailure(channel.ended())).kind());
      assertEquals("new", run(await(transport.connect(host.target(), PATIENCE)), "echo new"));
    }
  }

  @Test
  @DisplayName("a half-open connection is noticed by its silence")
  void aBlackHoleIsNoticed() {
    client.set("keepalive-interval", "300ms");
    try (SshTransport transport = client.transport();
        var proxy = FlakyProxy.before(host.port())) {
      client.knowing(host.knownHostsLine().replace(":" + host.port(), ":" + proxy.port()));
      Connection connection =
          await(transport.connect(Target.parse("tester@127.0.0.1:" + proxy.port()), PATIENCE));
      proxy.swallow(true);
      Failure gone = await(connection.gone());
      assertTrue(gone.cause().contains("no sign of life"), gone.toString());
    }
  }

  @Test
  @DisplayName("behaviour 38: a target that allows few channels gets further connections")
  void channelsSpreadOverConnections() {
    host.limitChannels(2);
    try (SshTransport transport = client.transport()) {
      Connection connection = await(transport.connect(host.target(), PATIENCE));
      var channels = new ArrayList<CompletionStage<Channel>>();
      for (int i = 0; i < 10; i++) {
        channels.add(connection.run("read x; echo $x", PATIENCE));
      }
      for (CompletionStage<Channel> channel : channels) {
        await(await(channel).write(UTF_8.encode("there\n")));
        assertEquals("there\n", new String(readOut(await(channel)), UTF_8));
      }
    }
  }

  @Test
  @DisplayName("behaviour 3: one bad host spoils nothing")
  void silentHostsDoNotHoldUpOthers() {
    client.set("connect-deadline", "20s");
    try (SshHost silent = SshHost.start();
        SshTransport transport = client.transport()) {
      silent.freeze(true);
      for (int i = 0; i < 20; i++) {
        var unused =
            transport.connect(Target.parse("u" + i + "@127.0.0.1:" + silent.port()), PATIENCE);
      }
      assertEquals("ok", run(await(transport.connect(host.target(), PATIENCE)), "echo ok"));
      assertTrue(silent.arrivals() <= 8, "sign-ins at once: " + silent.arrivals());
    }
  }

  @Test
  void noMoreSignInsAtOnceThanTheNodeAllows() {
    client.set("connects-per-node", 2).set("connect-deadline", "2s");
    try (SshHost silent = SshHost.start();
        SshTransport transport = client.transport()) {
      silent.freeze(true);
      var stages = new ArrayList<CompletionStage<Connection>>();
      for (int i = 0; i < 5; i++) {
        stages.add(
            transport.connect(Target.parse("u" + i + "@127.0.0.1:" + silent.port()), PATIENCE));
      }
      for (CompletionStage<Connection> stage : stages) {
        assertEquals(Kind.TIMED_OUT, Failure.of(awaitFailure(stage)).kind());
      }
    }
  }

  @Test
  void aClosedTransportLetsNobodyWait() {
    SshTransport transport = client.transport();
    Connection connection = await(transport.connect(host.target(), PATIENCE));
    Channel channel = await(connection.run("cat", PATIENCE));
    host.freeze(true);
    var pending = transport.connect(Target.parse("late@127.0.0.1:" + host.port()), PATIENCE);
    transport.close();
    assertEquals(Kind.LINK_LOST, await(connection.gone()).kind());
    assertEquals(Kind.LINK_LOST, Failure.of(awaitFailure(channel.ended())).kind());
    awaitFailure(pending);
    var after = transport.connect(host.target(), Duration.ofSeconds(5));
    assertEquals(Kind.LINK_LOST, Failure.of(awaitFailure(after)).kind());
  }
}
