package dev.holdfast.transport.ssh;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class InboxTest {

  @Property
  void whatArrivesIsReadOnceInOrderWhateverTheSizes(
      @ForAll @Size(max = 20) List<@Size(min = 1, max = 50) byte[]> chunks,
      @ForAll @IntRange(min = 1, max = 80) int max) {
    var taken = new AtomicInteger();
    var inbox = new Inbox(taken::addAndGet);
    var sent = new ByteArrayOutputStream();
    for (byte[] chunk : chunks) {
      inbox.add(chunk.clone());
      sent.writeBytes(chunk);
    }
    inbox.end();
    var received = new ByteArrayOutputStream();
    for (ByteBuffer next = inbox.read(max).join();
        next.hasRemaining();
        next = inbox.read(max).join()) {
      assertTrue(next.remaining() <= max);
      byte[] bytes = new byte[next.remaining()];
      next.get(bytes);
      received.writeBytes(bytes);
    }
    assertArrayEquals(sent.toByteArray(), received.toByteArray());
    assertEquals(sent.size(), taken.get());
  }

  @Test
  void aWaitingReaderIsServedByTheNextBytes() {
    var inbox = new Inbox(taken -> {});
    var read = inbox.read(2);
    assertFalse(read.isDone());
    inbox.add(new byte[] {1, 2, 3});
    assertEquals(ByteBuffer.wrap(new byte[] {1, 2}), read.join());
    assertEquals(ByteBuffer.wrap(new byte[] {3}), inbox.read(9).join());
  }

  @Test
  void onlyOneReaderWaitsAtATime() {
    var inbox = new Inbox(taken -> {});
    var first = inbox.read(1);
    assertThrows(IllegalStateException.class, () -> inbox.read(1).join());
    inbox.end();
    assertFalse(first.join().hasRemaining());
  }

  @Test
  void whatWasDroppedIsNotRead() {
    var inbox = new Inbox(taken -> {});
    inbox.add(new byte[] {1});
    inbox.drop();
    inbox.add(new byte[] {2});
    assertFalse(inbox.read(1).join().hasRemaining());
  }
}
