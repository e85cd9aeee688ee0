package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Holdfast and its peers at the same work, on the same hosts. */
final class SideBySide {

  private static final double MEBIBYTE = 1 << 20;

  /** A node runs for weeks: its compiler is done by then. */
  private static final int WARM_COPIES = 4;

  private final Path scratch;
  private final HoldfastPeer own;
  private final Fleet fleet;
  private final List<SshPeer> kept = new ArrayList<>();
  private final SshPeer controlMaster;
  private final SshPeer fresh;

  SideBySide(Path scratch, SshTargets targets, Fleet fleet, ControlMasters masters)
      throws IOException, InterruptedException {
    this.scratch = scratch;
    this.fleet = fleet;
    this.own = new HoldfastPeer(fleet, Programs.said(List.of("uname", "-n")));
    this.controlMaster = new SshPeer(SshPeer.Way.CONTROL_MASTER, targets, masters, scratch);
    this.fresh = new SshPeer(SshPeer.Way.FRESH, targets, masters, scratch);
    kept.add(controlMaster);
    for (var way : List.of(SshPeer.Way.CLUSH, SshPeer.Way.PSSH)) {
      if (way.isInstalled()) {
        kept.add(new SshPeer(way, targets, masters, scratch));
      }
    }
  }

  /** {@code true} on one host, warm. */
  Section roundTrip(boolean brief) throws IOException, InterruptedException {
    int rounds = brief ? 2 : 10;
    var entrants = new ArrayList<Contest.Entrant>();
    entrants.add(new Contest.Entrant(own, brief ? 500 : 3000, 40));
    for (SshPeer peer : kept) {
      boolean plain = peer == controlMaster;
      entrants.add(new Contest.Entrant(peer, plain ? 10 : 2, plain ? 20 : 4));
    }
    entrants.add(new Contest.Entrant(fresh, 1, 4));
    try (var shells = new LocalShells(1)) {
      entrants.add(new Contest.Entrant(shells, 100, 40));
      Map<String, Figures> found = Contest.run(entrants, rounds, Peer::roundTrip);
      Section section = Section.roundTrip("Round trip of `true`, warm", found, own.name());
      section.aim(
          "times faster than " + controlMaster.name(),
          found.get(controlMaster.name()).median() / found.get(own.name()).median(),
          3,
          true);
      return section;
    }
  }

  /** {@code uname -n} on many hosts at once, warm. */
  Section fanOut(int hosts, boolean brief) throws IOException, InterruptedException {
    int rounds = brief ? 3 : 5;
    var entrants = new ArrayList<Contest.Entrant>();
    entrants.add(new Contest.Entrant(own, 5, 1));
    for (SshPeer peer : kept) {
      entrants.add(new Contest.Entrant(peer, 1, 1));
    }
    try (var shells = new LocalShells(hosts)) {
      entrants.add(new Contest.Entrant(shells, 2, 1));
      var found = new LinkedHashMap<>(Contest.run(entrants, rounds, peer -> peer.fanOut(hosts)));
      found.putAll(
          Contest.run(
              List.of(new Contest.Entrant(fresh, 0, 1)),
              brief ? 1 : 2,
              peer -> peer.fanOut(hosts)));
      Section section =
          Section.fanOut("Fan-out of `uname -n` to " + hosts + " hosts, warm", found, own.name());
      judge(section, found);
      section
          .remarks()
          .add(
              "the floor is %s of Holdfast's time"
                  .formatted(
                      Section.number(
                          found.get(shells.name()).median() / found.get(own.name()).median())));
      return section;
    }
  }

  private void judge(Section section, Map<String, Figures> found) {
    Figures ours = found.get(own.name());
    double wall = kept.stream().mapToDouble(p -> found.get(p.name()).median()).min().orElseThrow();
    double cpu = kept.stream().mapToDouble(p -> found.get(p.name()).cpu()).min().orElseThrow();
    section.aim("wall time of the fastest peer's", ours.median() / wall, 0.5, false);
    section.aim("CPU time of the most frugal peer's", ours.cpu() / cpu, 0.1, false);
  }

  /** Much output of one job, to the client. */
  Section throughput(long bytes, int rounds) throws IOException, InterruptedException {
    Path file = fill(scratch.resolve("much"), bytes);
    var peers =
        List.of(
            new Copy(own, () -> copy(file, bytes)),
            new Copy(controlMaster, () -> controlMaster.print("cat " + file)));
    var found =
        Contest.run(
            peers.stream().map(peer -> new Contest.Entrant(peer, WARM_COPIES, 1)).toList(),
            rounds,
            Peer::roundTrip);
    Files.delete(file);
    var lines = new LinkedHashMap<String, Map<String, Double>>();
    found.forEach(
        (name, figures) -> {
          var line = new LinkedHashMap<String, Double>();
          line.put("MiB/s", bytes / MEBIBYTE / figures.median());
          line.put("best MiB/s", bytes / MEBIBYTE / figures.best());
          line.put("CPU s", figures.cpu());
          line.put("runs", (double) figures.wall().size());
          lines.put(name, line);
        });
    var section =
        new Section(
            "Output of %s MiB to the client (`cat FILE`)"
                .formatted(Section.number(bytes / MEBIBYTE)),
            lines,
            new ArrayList<>());
    section.aim(
        "of the speed of " + controlMaster.name(),
        found.get(controlMaster.name()).median() / found.get(own.name()).median(),
        0.5,
        true);
    return section;
  }

  private interface Once {
    void run() throws IOException, InterruptedException;
  }

  /** A peer that copies. */
  private record Copy(Peer peer, Once once) implements Peer {
    @Override
    public String name() {
      return peer.name();
    }

    @Override
    public void roundTrip() throws IOException, InterruptedException {
      once.run();
    }

    @Override
    public void fanOut(int hosts) {
      throw new UnsupportedOperationException("one host");
    }

    @Override
    public double cpu() throws IOException {
      return peer.cpu();
    }
  }

  private void copy(Path file, long bytes) throws IOException, InterruptedException {
    Fleet.Ran ran = Fleet.await(fleet.run(0, "cat " + file));
    if (ran.bytes() != bytes || ran.job().getExitCode() != 0) {
      throw new IOException(ran.bytes() + " bytes instead of " + bytes + ": " + ran.job());
    }
  }

  private static Path fill(Path file, long bytes) throws IOException {
    var piece = new byte[1 << 20];
    new Random(1).nextBytes(piece);
    try (var out = Files.newOutputStream(file)) {
      for (long done = 0; done < bytes; done += piece.length) {
        out.write(piece);
      }
    }
    return file;
  }
}
