package dev.holdfast.chaos;

/**
 * One fault of a schedule.
 *
 * @param victim the number of the node, or of the Cassandra node, that it hits
 * @param other the number of a second node, where there are two
 * @param lastsMillis until it is healed
 * @param thenMillis until the next one begins
 * @param hasty whether the next one does not wait until all nodes are up again
 * @param breaks whether connections that were held back break at its end, instead of going on
 */
record Fault(
    Kind kind,
    int victim,
    int other,
    long lastsMillis,
    long thenMillis,
    boolean hasty,
    boolean breaks) {

  /** What can go wrong. */
  enum Kind {
    /** A node is killed with -9, and started again later. */
    KILL(0, 8_000),
    /** A node's machine is gone: nobody is told, its connections seem to be up. */
    POWER_LOST(0, 8_000),
    /** A node stands still for a moment (SIGSTOP), too short to be given up. */
    PAUSE_5(5_000, 5_000),
    /** A node stands still, and others take its sessions over. */
    PAUSE_30(30_000, 30_000),
    /** The same, for long. */
    PAUSE_90(90_000, 90_000),
    /** All nodes are stopped (SIGTERM) and started again, one after another. */
    ROLL(0, 0),
    /** All nodes are killed with -9 at once. */
    ALL_KILLED(0, 3_000),
    /** Nothing passes between a node and one other. */
    CUT_TWO_NODES(4_000, 25_000),
    /** Nothing passes between a node and all others. */
    CUT_NODE_OFF(4_000, 30_000),
    /** What a node sends to the others does not arrive. */
    NODE_IS_MUTE(4_000, 30_000),
    /** What the others send to a node does not arrive. */
    NODE_IS_DEAF(4_000, 30_000),
    /** Nothing passes between a node and its database. */
    CUT_DATABASE(3_000, 30_000),
    /** The database does what a node asks, and its answers do not arrive. */
    ANSWERS_LOST(3_000, 30_000),
    /** Nothing passes between a node and the targets. */
    CUT_TARGETS(3_000, 40_000),
    /** What targets say does not arrive at a node. */
    TARGETS_ARE_MUTE(3_000, 40_000),
    /** Nothing passes between the clients and a node. */
    CUT_CLIENTS(3_000, 20_000),
    /** The network is slow, and loses packets, between everybody. */
    SLOW(5_000, 20_000),
    /** One of three database nodes is killed. */
    DATABASE_NODE_KILLED(5_000, 20_000),
    /** Two of three database nodes stand still: nothing can be written. */
    DATABASE_MAJORITY_STILL(5_000, 20_000),
    /** The targets' SSH server is restarted; connections that are up live on. */
    SSHD_RESTARTED(0, 0),
    /** Every connection of the SSH server is killed. */
    SSH_CONNECTIONS_KILLED(0, 0),
    /** A node's data directory is full. */
    DATA_DISK_FULL(3_000, 15_000),
    /** The targets' disk is full. */
    TARGET_DISK_FULL(3_000, 10_000),
    /** The targets restart: what ran there is gone. */
    REBOOT(0, 0),
    /** A node's clock is wrong by hours, and is set right again: forwards or backwards. */
    CLOCK_WRONG(5_000, 20_000);

    private final long least;
    private final long most;

    Kind(long least, long most) {
      this.least = least;
      this.most = most;
    }

    long leastMillis() {
      return least;
    }

    long mostMillis() {
      return most;
    }
  }

  /** For people. */
  String words() {
    return "%s node %d (%d), %d ms".formatted(kind, victim, other, lastsMillis);
  }
}
