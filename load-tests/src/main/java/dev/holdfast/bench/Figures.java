package dev.holdfast.bench;

import java.util.Arrays;
import java.util.List;

/**
 * What repeated runs of one thing took.
 *
 * @param wall seconds, sorted
 * @param cpu processor seconds of the controlling side per run
 */
record Figures(List<Double> wall, double cpu) {

  Figures {
    wall = wall.stream().sorted().toList();
  }

  static Figures of(double[] wall, double cpu) {
    return new Figures(Arrays.stream(wall).boxed().toList(), cpu);
  }

  double best() {
    return wall.get(0);
  }

  double median() {
    return at(50);
  }

  /** The smallest run that at least so many percent of all runs do not exceed. */
  double at(double percent) {
    int rank = (int) Math.ceil(percent / 100 * wall.size());
    return wall.get(Math.max(rank, 1) - 1);
  }
}
