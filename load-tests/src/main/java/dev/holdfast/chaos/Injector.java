package dev.holdfast.chaos;

import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.chaos.Network.Way;
import dev.holdfast.fixture.OpenSsh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Makes the faults of a schedule happen, and undoes them. */
final class Injector {

  private static final long UNNOTICED_MILLIS = 15_000;

  private final Stage stage;

  Injector(Stage stage) {
    this.stage = stage;
  }

  /** How a fault ends. */
  interface Heal {
    void now() throws IOException, InterruptedException;
  }

  /** Does it; returns how it is undone. */
  Heal begin(Fault fault) throws IOException, InterruptedException {
    int victim = fault.victim();
    return switch (fault.kind()) {
      case KILL -> kill(List.of(node(victim)));
      case ALL_KILLED -> kill(stage.nodes());
      case POWER_LOST -> losePower(node(victim));
      case PAUSE_5, PAUSE_30, PAUSE_90 -> pause(node(victim));
      case ROLL -> roll();
      case CUT_TWO_NODES -> cut(fault, Way.both(Stage.node(victim), Stage.node(fault.other())));
      case CUT_NODE_OFF ->
          cut(fault, others(victim).flatMap(it -> Way.both(Stage.node(victim), it)));
      case NODE_IS_MUTE -> cut(fault, others(victim).map(it -> new Way(Stage.node(victim), it)));
      case NODE_IS_DEAF -> cut(fault, others(victim).map(it -> new Way(it, Stage.node(victim))));
      case CUT_DATABASE -> cut(fault, databases().flatMap(it -> Way.both(Stage.node(victim), it)));
      case ANSWERS_LOST -> cut(fault, databases().map(it -> new Way(it, Stage.node(victim))));
      case CUT_TARGETS -> cut(fault, Way.both(Stage.node(victim), Targets.PARTY));
      case TARGETS_ARE_MUTE -> cut(fault, Stream.of(new Way(Targets.PARTY, Stage.node(victim))));
      case CUT_CLIENTS -> cut(fault, Way.both(Stage.node(victim), Stage.CLIENTS));
      case SLOW -> slow();
      case DATABASE_NODE_KILLED -> killDatabase(victim);
      case DATABASE_MAJORITY_STILL -> pauseDatabases(victim);
      case SSHD_RESTARTED -> ssh(OpenSsh::restart);
      case SSH_CONNECTIONS_KILLED -> ssh(OpenSsh::killConnections);
      case DATA_DISK_FULL -> stage.disks().fill(stage.data(victim));
      case TARGET_DISK_FULL -> fillTargets();
      case REBOOT -> reboot();
      case CLOCK_WRONG -> setClock(fault);
    };
  }

  private Keeper node(int number) {
    return stage.nodes().get(number);
  }

  private static Heal kill(List<Keeper> nodes) throws InterruptedException {
    for (Keeper node : nodes) {
      node.kill();
    }
    return () -> nodes.forEach(Keeper::up);
  }

  /**
   * Whoever says something to the machine when it is back learns that it has forgotten; sshd waits.
   */
  private Heal losePower(Keeper node) throws IOException, InterruptedException {
    stage.network().losePower(node.name());
    node.kill();
    return () -> {
      stage.network().restorePower(node.name());
      node.up();
      stage.awaitSettled();
      pass(UNNOTICED_MILLIS);
      stage.network().noticeAll();
    };
  }

  private static Heal pause(Keeper node) throws IOException, InterruptedException {
    node.process().pause();
    return () -> node.process().resume();
  }

  private Heal roll() throws InterruptedException {
    for (Keeper node : stage.nodes()) {
      node.stop();
      node.up();
      stage.awaitSettled();
    }
    return () -> {};
  }

  // ---- the network

  private Stream<String> others(int node) {
    return IntStream.range(0, stage.nodes().size()).filter(it -> it != node).mapToObj(Stage::node);
  }

  private Stream<String> databases() {
    return IntStream.range(0, stage.databases().size()).mapToObj(Stage::database);
  }

  private Heal cut(Fault fault, Stream<Way> ways) throws IOException {
    List<Way> all = ways.toList();
    stage.network().cut(all);
    return () -> stage.network().mend(all, fault.breaks());
  }

  private Heal slow() throws IOException {
    stage.network().slow(true);
    return () -> stage.network().slow(false);
  }

  // ---- the database

  private Heal killDatabase(int number) throws IOException {
    CassandraNode database = stage.databases().get(number % stage.databases().size());
    database.kill();
    return () -> {
      database.restart();
      stage.awaitRing();
    };
  }

  private Heal pauseDatabases(int running) throws IOException {
    var still = new ArrayList<>(stage.databases());
    if (still.size() > 1) {
      still.remove(running % still.size());
    }
    for (CassandraNode database : still) {
      database.pause();
    }
    return () -> {
      for (CassandraNode database : still) {
        database.resume();
      }
    };
  }

  // ---- the targets

  private interface OnSshd {
    void does(OpenSsh sshd);
  }

  private Heal ssh(OnSshd what) {
    stage.targets().sshd().ifPresent(what::does);
    return () -> {};
  }

  private Heal fillTargets() throws IOException {
    Heal near = stage.disks().fill(stage.targets().near());
    Heal far = stage.disks().fill(stage.targets().far());
    return () -> {
      near.now();
      far.now();
    };
  }

  private Heal reboot() throws IOException, InterruptedException {
    stage.targets().reboot();
    return () -> {};
  }

  /** By an hour for each second that it lasts. */
  private Heal setClock(Fault fault) throws IOException {
    long error = Duration.ofHours(1).toSeconds() * fault.lastsMillis();
    Path file = stage.clockError(fault.victim());
    Files.writeString(file, Long.toString(fault.breaks() ? -error : error));
    return () -> Files.delete(file);
  }

  /** Waits as long as a fault lasts. */
  static void pass(long millis) {
    long until = System.nanoTime() + millis * 1_000_000;
    for (long left = millis * 1_000_000; left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
