package dev.holdfast.bench;

import java.util.Arrays;

/**
 * What repeated runs of one thing took.
 *
 * @param wall seconds, sorted
 * @param cpu processor seconds of the controlling side per run
 */
record Figures(double[] wall, double cpu) {

  Figures {
    wall = wall.clone();
    Arrays.sort(wall);
  }

  double best() {
    return wall[0];
  }

  double median() {
    return at(50);
  }

  /** The smallest run that at least so many percent of all runs do not exceed. */
  double at(double percent) {
    int rank = (int) Math.ceil(percent / 100 * wall.length);
    return wall[Math.max(rank, 1) - 1];
  }
}
