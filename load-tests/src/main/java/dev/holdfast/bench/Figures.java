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

  double p50() {
    return at(0.5);
  }

  double p99() {
    return at(0.99);
  }

  double best() {
    return wall[0];
  }

  private double at(double share) {
    return wall[(int) Math.min(wall.length - 1, Math.round(share * (wall.length - 1)))];
  }
}
