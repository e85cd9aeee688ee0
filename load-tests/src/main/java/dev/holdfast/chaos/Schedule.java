package dev.holdfast.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The faults of a run, in their order, decided by its seed alone. Each kind comes once before any
 * comes twice, and so on.
 */
final class Schedule {

  private static final int LEAST_THEN = 500;
  private static final int MOST_THEN = 5_000;
  private static final double HASTY = 0.2;

  private Schedule() {}

  static List<Fault> of(long seed, int count, int nodes, List<Fault.Kind> kinds) {
    var random = new Random(seed);
    var faults = new ArrayList<Fault>();
    while (faults.size() < count) {
      var round = new ArrayList<>(kinds);
      Collections.shuffle(round, random);
      for (Fault.Kind kind : round.subList(0, Math.min(round.size(), count - faults.size()))) {
        faults.add(one(kind, nodes, random));
      }
    }
    return List.copyOf(faults);
  }

  private static Fault one(Fault.Kind kind, int nodes, Random random) {
    int victim = random.nextInt(nodes);
    int other = (victim + 1 + random.nextInt(Math.max(1, nodes - 1))) % nodes;
    return new Fault(
        kind,
        victim,
        other,
        random.nextLong(kind.leastMillis(), kind.mostMillis() + 1),
        random.nextLong(LEAST_THEN, MOST_THEN),
        random.nextDouble() < HASTY,
        random.nextBoolean());
  }
}
