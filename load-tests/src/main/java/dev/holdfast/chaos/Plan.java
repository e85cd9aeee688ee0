package dev.holdfast.chaos;

import java.nio.file.Path;
import java.util.List;

/**
 * What a run is to do.
 *
 * @param seed of the faults, their moments and the workload
 * @param faults how many
 * @param sessions how many, on targets of all kinds in turn
 * @param nodes 1, with its embedded journal, or 3 on Cassandra
 * @param cassandras how many Cassandra nodes, if there are three of ours
 * @param network how the parties are connected
 * @param kinds the faults to choose from
 * @param scratch a directory for data, logs, ledgers and what is found out
 * @param before what stands before everything else on the class path of the nodes: how tests break
 *     a node
 */
record Plan(
    long seed,
    int faults,
    int sessions,
    int nodes,
    int cassandras,
    Network.Kind network,
    List<Fault.Kind> kinds,
    Path scratch,
    List<Path> before) {

  Plan {
    kinds = List.copyOf(kinds);
    before = List.copyOf(before);
  }
}
