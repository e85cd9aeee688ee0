package dev.holdfast.transport.local;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;
import static dev.holdfast.fixture.Streams.awaitFailure;
import static dev.holdfast.fixture.Streams.readOut;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.ChannelContract;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.Target;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LocalTransportTest implements ChannelContract {

  private final LocalTransport transport = new LocalTransport(Set.of("DB_PASSWORD"));

  @Override
  public Connection connection() {
    return await(transport.connect(Target.parse("local:"), PATIENCE));
  }

  @AfterEach
  void close() {
    transport.close();
  }

  @Test
  @DisplayName("behaviour 49: secrets are not in the environment of commands")
  void theNodesSecretsAreTakenFromTheEnvironment() {
    var environment =
        new HashMap<>(
            Map.of(
                "PATH", "/bin",
                "HOLDFAST_TOKEN", "t",
                "HOLDFAST_ANYTHING", "a",
                "HOLDFAST_ROOT", "/root-of-tests",
                "HOLDFAST_BOOT_ID_FILE", "/boot-id",
                "DB_PASSWORD", "p"));
    transport.clean(environment);
    assertEquals(Set.of("PATH", "HOLDFAST_ROOT", "HOLDFAST_BOOT_ID_FILE"), environment.keySet());
  }

  @Test
  void aCommandRunsInTheHomeDirectory() throws IOException {
    Channel channel = await(connection().run("pwd -P", PATIENCE));
    String home = Path.of(System.getProperty("user.home")).toRealPath().toString();
    assertEquals(home, new String(readOut(channel), UTF_8).strip());
  }

  @Test
  void closingAChannelKillsItsProcessButNotWhatItDetached() {
    String command = "sleep 300 >/dev/null 2>&1 & echo $$ $!; cat";
    Channel channel = await(connection().run(command, PATIENCE));
    String[] pids = UTF_8.decode(await(channel.readOut(100))).toString().strip().split(" ", 2);
    ProcessHandle detached = ProcessHandle.of(Long.parseLong(pids[1])).orElseThrow();
    try {
      channel.close();
      assertEquals(137, await(channel.ended()));
      assertFalse(
          ProcessHandle.of(Long.parseLong(pids[0])).filter(ProcessHandle::isAlive).isPresent());
      assertEquals(true, detached.isAlive());
    } finally {
      detached.destroyForcibly();
    }
  }

  @Test
  void aReadIsNotHeldUpByAProcessThatKeepsThePipe() {
    Channel channel = await(connection().run("sleep 300 & echo $!", PATIENCE));
    ByteBuffer pid = await(channel.readOut(100));
    try {
      var end = channel.readOut(100);
      await(channel.ended());
      channel.close();
      assertFalse(await(end).hasRemaining());
    } finally {
      ProcessHandle.of(Long.parseLong(UTF_8.decode(pid).toString().strip()))
          .ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void closingTheTransportEndsEverything() {
    Connection connection = connection();
    Channel channel = await(connection.run("cat", PATIENCE));
    transport.close();
    assertEquals(137, await(channel.ended()));
    assertEquals(Kind.LINK_LOST, await(connection.gone()).kind());
    assertEquals(Kind.LINK_LOST, Failure.of(awaitFailure(connection.run("true", PATIENCE))).kind());
  }

  @Test
  void anSshTargetIsNotLocal() {
    var failure = awaitFailure(transport.connect(Target.parse("host"), PATIENCE));
    assertEquals(Kind.BAD_TARGET, Failure.of(failure).kind());
  }
}
