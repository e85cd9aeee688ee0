package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SerialTest {

  @Test
  void tasksRunInTheirOrderAndNeverTwoAtOnceAlsoWhenOneFails() throws Exception {
    var pool = Executors.newFixedThreadPool(4);
    try {
      var serial = new Serial(pool);
      // Not thread-safe on purpose.
      List<Integer> seen = new ArrayList<>();
      int count = 20_000;
      var done = new CountDownLatch(1);
      for (int i = 0; i < count; i++) {
        int number = i;
        serial.execute(
            () -> {
              seen.add(number);
              if (number % 1000 == 7) {
                throw new IllegalStateException("a bug, for the test");
              }
            });
      }
      serial.execute(done::countDown);
      assertTrue(done.await(30, TimeUnit.SECONDS));
      assertEquals(IntStream.range(0, count).boxed().toList(), seen);
    } finally {
      pool.shutdownNow();
    }
  }
}
