package dev.holdfast.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One thing done in several ways, by turns: whatever else the machine does meanwhile, it does to
 * all of them.
 */
final class Contest {

  private static final double NANOS = 1e9;

  /** What everybody does. */
  @FunctionalInterface
  interface Work {
    void doneBy(Peer peer) throws IOException, InterruptedException;
  }

  /**
   * Who takes part.
   *
   * @param warmUp how often it does the work before it counts
   * @param perRound how often it does the work in each round
   */
  record Entrant(Peer peer, int warmUp, int perRound) {}

  private static final class Tally {
    final List<Double> wall = new ArrayList<>();
    double cpu;

    Figures figures() {
      return Figures.of(
          wall.stream().mapToDouble(Double::doubleValue).toArray(), cpu / wall.size());
    }
  }

  private Contest() {}

  /** Figures by the names of the entrants, in their order. */
  static Map<String, Figures> run(List<Entrant> entrants, int rounds, Work work)
      throws IOException, InterruptedException {
    var tallies = new LinkedHashMap<String, Tally>();
    for (Entrant entrant : entrants) {
      tallies.put(entrant.peer().name(), new Tally());
      for (int i = 0; i < entrant.warmUp(); i++) {
        work.doneBy(entrant.peer());
      }
    }
    for (int round = 0; round < rounds; round++) {
      for (Entrant entrant : entrants) {
        turn(entrant, tallies.get(entrant.peer().name()), work);
      }
    }
    var figures = new LinkedHashMap<String, Figures>();
    tallies.forEach((name, tally) -> figures.put(name, tally.figures()));
    return figures;
  }

  private static void turn(Entrant entrant, Tally tally, Work work)
      throws IOException, InterruptedException {
    double before = entrant.peer().cpu();
    for (int i = 0; i < entrant.perRound(); i++) {
      long begin = System.nanoTime();
      work.doneBy(entrant.peer());
      tally.wall.add((System.nanoTime() - begin) / NANOS);
    }
    tally.cpu += entrant.peer().cpu() - before;
  }
}
