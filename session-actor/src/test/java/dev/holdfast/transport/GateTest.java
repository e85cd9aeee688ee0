package dev.holdfast.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class GateTest {

  @Property
  void neitherBoundIsEverExceededAndAllComeIn(
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 4) Integer> keys,
      @ForAll @IntRange(min = 1, max = 3) int perKey,
      @ForAll @IntRange(min = 1, max = 6) int altogether) {
    var gate = new Gate(perKey, altogether);
    var inside = new ArrayDeque<Runnable>();
    var counts = new HashMap<Integer, Integer>();
    int[] entered = {0};
    for (int key : keys) {
      var unused =
          gate.enter("key" + key)
              .thenAccept(
                  leave -> {
                    entered[0]++;
                    assertTrue(counts.merge(key, 1, Integer::sum) <= perKey);
                    inside.add(
                        () -> {
                          counts.merge(key, -1, Integer::sum);
                          leave.run();
                          leave.run();
                        });
                    assertTrue(inside.size() <= altogether);
                  });
    }
    while (!inside.isEmpty()) {
      inside.remove().run();
    }
    assertEquals(keys.size(), entered[0]);
  }

  @Test
  void aTargetWithManyWaitingDoesNotKeepOthersOut() {
    var gate = new Gate(1, 1);
    var first = gate.enter("busy");
    var rest = new ArrayList<CompletableFuture<Runnable>>();
    for (int i = 0; i < 10; i++) {
      rest.add(gate.enter("busy"));
    }
    var other = gate.enter("other");
    first.join().run();
    rest.get(0).join().run();
    assertTrue(other.isDone(), "the other key had its turn");
    assertFalse(rest.get(1).isDone());
  }

  @Test
  void whoStopsWaitingTakesNoPlace() {
    var gate = new Gate(1, 1);
    var first = gate.enter("a");
    var impatient = gate.enter("a");
    var patient = gate.enter("a");
    impatient.cancel(false);
    first.join().run();
    assertTrue(patient.isDone());
  }
}
