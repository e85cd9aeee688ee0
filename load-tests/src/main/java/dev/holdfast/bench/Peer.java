package dev.holdfast.bench;

import java.io.IOException;

/** One way to run commands on hosts. */
interface Peer {

  String name();

  /** Runs {@code true} on the first host and waits for its end. */
  void roundTrip() throws IOException, InterruptedException;

  /** Runs {@code uname -n} on the first {@code hosts} hosts and waits for all of the answers. */
  void fanOut(int hosts) throws IOException, InterruptedException;

  /** Processor seconds that the controlling side has used so far, long-lived helpers included. */
  double cpu() throws IOException;
}
