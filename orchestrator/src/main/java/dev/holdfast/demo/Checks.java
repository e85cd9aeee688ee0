package dev.holdfast.demo;

import java.util.ArrayList;
import java.util.List;

/** What the demo claims, and whether it was true. */
final class Checks {

  private final Terminal terminal;
  private final List<String> untrue = new ArrayList<>();
  private int count;

  Checks(Terminal terminal) {
    this.terminal = terminal;
  }

  void that(String claim, boolean holds) {
    count++;
    terminal.say((holds ? "  [true] " : "  [NOT TRUE] ") + claim);
    if (!holds) {
      untrue.add(claim);
    }
  }

  int count() {
    return count;
  }

  List<String> untrue() {
    return List.copyOf(untrue);
  }
}
