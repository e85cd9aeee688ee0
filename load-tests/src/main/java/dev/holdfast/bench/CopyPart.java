package dev.holdfast.bench;

import dev.holdfast.client.CopyResult;
import dev.holdfast.client.CopyTerms;
import dev.holdfast.client.CopyWatch;
import dev.holdfast.client.Endpoint;
import dev.holdfast.client.Holdfast;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * How fast a file gets to a host and back: Holdfast beside {@code scp} and {@code sftp}, which make
 * a connection each time and compare no checksum; Holdfast has one, and sums up on both sides.
 */
final class CopyPart {

  private static final int PIECE = 1 << 20;
  private static final CopyTerms TERMS = new CopyTerms(false, false, CopyTerms.Links.KEEP, true);

  private final Path scratch;
  private final Fleet fleet;
  private final Path config;
  private final String host;
  private final Path source;
  private final Path there;
  private final Path back;

  private CopyPart(Path scratch, SshTargets targets, Fleet fleet) throws IOException {
    this.scratch = Files.createDirectories(scratch.resolve("copy"));
    this.fleet = fleet;
    this.config = Files.writeString(this.scratch.resolve("config"), targets.clientConfig());
    this.host = targets.host(0);
    this.source = this.scratch.resolve("source");
    this.there = this.scratch.resolve("there");
    this.back = this.scratch.resolve("back");
  }

  static Section run(Path scratch, SshTargets targets, Fleet fleet, long bytes, int runs)
      throws IOException, InterruptedException {
    return new CopyPart(scratch, targets, fleet).measure(bytes, runs);
  }

  private interface Way {
    void copy(boolean up) throws IOException, InterruptedException;
  }

  private Section measure(long bytes, int runs) throws IOException, InterruptedException {
    fill(source, bytes);
    var lines = new LinkedHashMap<String, Map<String, Double>>();
    var endpoint = Endpoint.of(fleet.node().endpoint().toString(), fleet.node().token());
    try (var holdfast = new Holdfast(endpoint)) {
      lines.put("Holdfast", line(up -> holdfast(holdfast, up), bytes, runs));
    }
    lines.put("scp", line(this::scp, bytes, runs));
    lines.put("sftp", line(this::sftp, bytes, runs));
    return new Section(
        "Copy of a file of " + bytes / PIECE + " MiB, the median of " + runs,
        lines,
        new ArrayList<>());
  }

  private static void fill(Path file, long bytes) throws IOException {
    var random = new Random(1);
    byte[] piece = new byte[PIECE];
    try (var out = Files.newOutputStream(file)) {
      for (long at = 0; at < bytes; at += PIECE) {
        random.nextBytes(piece);
        out.write(piece);
      }
    }
  }

  private Map<String, Double> line(Way way, long bytes, int runs)
      throws IOException, InterruptedException {
    var line = new LinkedHashMap<String, Double>();
    for (boolean up : List.of(true, false)) {
      var wall = new double[runs];
      for (int i = 0; i < runs; i++) {
        Files.deleteIfExists(up ? there : back);
        long begin = System.nanoTime();
        way.copy(up);
        wall[i] = (System.nanoTime() - begin) / 1e9;
      }
      if (Files.mismatch(source, up ? there : back) != -1) {
        throw new IOException("the copy is not its source");
      }
      double median = Figures.of(wall, 0).median();
      line.put(up ? "up s" : "down s", median);
      line.put(up ? "up MB/s" : "down MB/s", bytes / 1e6 / median);
    }
    return line;
  }

  private void holdfast(Holdfast holdfast, boolean up) throws IOException {
    String session = fleet.ids().get(0);
    CopyResult result =
        up
            ? holdfast.upload(source, session, there.toString(), TERMS, CopyWatch.NONE)
            : holdfast.download(session, there.toString(), back, TERMS, CopyWatch.NONE);
    if (result.files() != 1) {
      throw new IOException("the copy failed: " + result);
    }
  }

  private void scp(boolean up) throws IOException, InterruptedException {
    String remote = host + ":" + there;
    check(
        "scp",
        "-q",
        "-F",
        config.toString(),
        up ? source.toString() : remote,
        up ? remote : back.toString());
  }

  private void sftp(boolean up) throws IOException, InterruptedException {
    Path batch =
        Files.writeString(
            scratch.resolve("batch"),
            up ? "put " + source + " " + there + "\n" : "get " + there + " " + back + "\n");
    check("sftp", "-q", "-F", config.toString(), "-b", batch.toString(), host);
  }

  private static void check(String... command) throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(command[0] + " ended with " + process.exitValue());
    }
  }
}
