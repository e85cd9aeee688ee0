package dev.holdfast.transport;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;
import static dev.holdfast.fixture.Streams.awaitFailure;
import static dev.holdfast.fixture.Streams.readErr;
import static dev.holdfast.fixture.Streams.readOut;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a channel promises, whatever transport it belongs to. */
public interface ChannelContract {

  int MEBIBYTE = 1024 * 1024;

  /** A connection to the target under test. */
  Connection connection();

  private Channel run(String command) {
    return await(connection().run(command, PATIENCE));
  }

  private static void write(Channel channel, byte[] bytes) {
    await(channel.write(ByteBuffer.wrap(bytes)));
  }

  @Test
  default void aCommandIsGivenToAShell() {
    Channel channel = run("printf '%s|' \"a  b\" 'c\"d' $((1 + 2)); echo x >&2");
    assertEquals("a  b|c\"d|3|", new String(readOut(channel), UTF_8));
    assertEquals("x\n", new String(readErr(channel), UTF_8));
    assertEquals(0, await(channel.ended()));
  }

  @Test
  @DisplayName("behaviour 20: exit codes are exact")
  default void exitCodesAreExact() {
    for (int status : new int[] {0, 1, 2, 126, 127, 128, 255}) {
      assertEquals(status, await(run("exit " + status).ended()));
    }
  }

  @Test
  @DisplayName("behaviour 20: output is exact, whatever bytes it has")
  default void everyByteComesBackAsItWent() {
    byte[] bytes = new byte[3 * MEBIBYTE + 17];
    new Random(1).nextBytes(bytes);
    Channel channel = run("cat");
    CompletionStage<Void> written =
        channel.write(ByteBuffer.wrap(bytes)).thenRun(channel::endInput);
    assertArrayEquals(bytes, readOut(channel));
    await(written);
    assertEquals(0, await(channel.ended()));
  }

  @Test
  @DisplayName("behaviour 28: standard input can be given and ended")
  default void theEndOfInputReachesTheCommand() {
    Channel channel = run("wc -c");
    write(channel, "12345".getBytes(UTF_8));
    write(channel, new byte[0]);
    write(channel, "678".getBytes(UTF_8));
    channel.endInput();
    assertEquals("8", new String(readOut(channel), UTF_8).strip());
  }

  @Test
  default void noInputAtAllCanBeEnded() {
    Channel channel = run("cat; echo end");
    channel.endInput();
    assertEquals("end\n", new String(readOut(channel), UTF_8));
  }

  @Test
  default void anEmptyOutputIsAnEndAtOnceAndStaysOne() {
    Channel channel = run("exit 0");
    assertEquals(0, readOut(channel).length);
    assertEquals(0, readOut(channel).length);
    assertEquals(0, readErr(channel).length);
  }

  @Test
  default void outputThatWasNotReadYetSurvivesTheEndOfTheCommand() {
    Channel channel = run("head -c 20000 /dev/zero; head -c 10000 /dev/zero >&2");
    assertEquals(0, await(channel.ended()));
    assertEquals(20_000, readOut(channel).length);
    assertEquals(10_000, readErr(channel).length);
  }

  @Test
  default void aReadGivesNoMoreThanWasAskedFor() {
    Channel channel = run("printf abcdef");
    var all = new StringBuilder();
    for (ByteBuffer bytes = await(channel.readOut(2));
        bytes.hasRemaining();
        bytes = await(channel.readOut(2))) {
      assertTrue(bytes.remaining() <= 2);
      all.append(UTF_8.decode(bytes));
    }
    assertEquals("abcdef", all.toString());
  }

  @Test
  default void outputComesAsItIsPrinted() {
    Channel channel = run("echo first; read line; echo \"got $line\"");
    assertEquals("first\n", UTF_8.decode(await(channel.readOut(100))).toString());
    write(channel, "it\n".getBytes(UTF_8));
    assertEquals("got it\n", UTF_8.decode(await(channel.readOut(100))).toString());
  }

  @Test
  default void aReaderThatStopsStopsTheCommand() {
    // More than any window and pipe together can hold.
    Channel channel = run("head -c 64000000 /dev/zero; echo printed >&2");
    CompletionStage<ByteBuffer> printed = channel.readErr(100);
    assertTrue(await(channel.readOut(1000)).hasRemaining());
    Channel other = run("echo alive");
    assertEquals("alive\n", new String(readOut(other), UTF_8));
    assertFalse(printed.toCompletableFuture().isDone());
    assertEquals(64_000_000 - 1000, readOut(channel).length);
    assertEquals("printed\n", UTF_8.decode(await(printed)).toString());
  }

  @Test
  default void aWriteWaitsWhileTheCommandDoesNotRead() {
    Channel channel = run("read go; wc -c");
    CompletionStage<Void> written =
        channel
            .write(ByteBuffer.wrap("go\n".getBytes(UTF_8)))
            .thenCompose(done -> channel.write(ByteBuffer.allocate(8 * MEBIBYTE)))
            .thenRun(channel::endInput);
    assertEquals(Integer.toString(8 * MEBIBYTE), new String(readOut(channel), UTF_8).strip());
    await(written);
  }

  @Test
  default void writingToACommandThatHasEndedFailsAsLinkLost() {
    Channel channel = run("exit 0");
    await(channel.ended());
    readOut(channel);
    Throwable failure = null;
    for (int i = 0; i < 1000 && failure == null; i++) {
      var written = channel.write(ByteBuffer.allocate(10_000)).toCompletableFuture();
      failure = await(written.handle((done, error) -> error));
    }
    assertEquals(Failure.Kind.LINK_LOST, Failure.of(failure).kind());
  }

  @Test
  default void closingEndsPendingReadsAndTheCommand() {
    Channel channel = run("cat; echo never");
    CompletionStage<ByteBuffer> out = channel.readOut(10);
    CompletionStage<ByteBuffer> err = channel.readErr(10);
    channel.close();
    assertFalse(await(out).hasRemaining());
    assertFalse(await(err).hasRemaining());
    await(channel.ended().handle((status, error) -> "over"));
    channel.close();
  }

  @Test
  default void manyCommandsRunAtTheSameTime() {
    var channels = new ArrayList<Channel>();
    for (int i = 0; i < 30; i++) {
      channels.add(run("read line; echo " + i + "$line"));
    }
    for (int i = 29; i >= 0; i--) {
      write(channels.get(i), "x\n".getBytes(UTF_8));
      assertEquals(i + "x\n", new String(readOut(channels.get(i)), UTF_8));
    }
  }

  @Test
  default void aConnectionThatWasGivenBackIsGoneAndRunsNothing() {
    Connection connection = connection();
    connection.close();
    connection.close();
    assertEquals(Failure.Kind.LINK_LOST, await(connection.gone()).kind());
    assertEquals(
        Failure.Kind.LINK_LOST, Failure.of(awaitFailure(connection.run("true", PATIENCE))).kind());
  }

  @Test
  default void aSignalledCommandEndsWith128AndTheSignal() {
    for (int signal : List.of(15, 9)) {
      assertEquals(128 + signal, await(run("kill -" + signal + " $$").ended()));
    }
  }
}
