package dev.holdfast.bench;

import java.io.IOException;
import java.util.List;

/** Holdfast, as a program uses it: a job is submitted, and its output followed to the end. */
final class HoldfastPeer implements Peer {

  private final Fleet fleet;
  private final String hostName;

  HoldfastPeer(Fleet fleet, String hostName) {
    this.fleet = fleet;
    this.hostName = hostName;
  }

  @Override
  public String name() {
    return "Holdfast";
  }

  @Override
  public void roundTrip() throws IOException, InterruptedException {
    Fleet.check(Fleet.await(fleet.run(0, "true")), "");
  }

  @Override
  public void fanOut(int hosts) throws IOException, InterruptedException {
    fleet.runEverywhere(hosts, "uname -n", hostName + "\n");
  }

  /** The node, and the client that is part of this process. */
  @Override
  public double cpu() throws IOException {
    return Cpu.of(List.of(fleet.node().pid(), ProcessHandle.current().pid()));
  }
}
