package dev.holdfast.actor.store;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.pekko.actor.typed.ActorRef;

/** Enters numbers into 8 ledgers as fast as it can and prints each one that is acknowledged. */
final class WriterMain {
  static final int LEDGERS = 8;

  private WriterMain() {}

  public static void main(String[] args) throws Exception {
    Node node = Node.start(Path.of(args[0]));
    for (int i = 0; i < LEDGERS; i++) {
      enterFrom(node, node.ledger("ledger-" + i), i, 0);
    }
    node.system().getWhenTerminated().toCompletableFuture().join();
  }

  private static void enterFrom(Node node, ActorRef<Ledger.Command> ledger, int id, int number) {
    node.enter(ledger, entry(number))
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                System.out.println(id + " " + number);
                enterFrom(node, ledger, id, number + 1);
              }
            });
  }

  static byte[] entry(int number) {
    byte[] entry = new byte[200];
    Arrays.fill(entry, (byte) number);
    ByteBuffer.wrap(entry).putInt(number);
    return entry;
  }
}
