package dev.holdfast.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What somebody waits who types {@code holdfast invoke}: most of it is the start of a JVM. */
final class CommandLineTime {

  private CommandLineTime() {}

  static Section measure(Fleet fleet, int runs) throws IOException, InterruptedException {
    invoke(fleet);
    var wall = new double[runs];
    double before = Cpu.ofReapedChildren();
    for (int i = 0; i < runs; i++) {
      long begin = System.nanoTime();
      invoke(fleet);
      wall[i] = (System.nanoTime() - begin) / 1e9;
    }
    var figures = Figures.of(wall, (Cpu.ofReapedChildren() - before) / runs);
    Map<String, Double> line = new LinkedHashMap<>();
    line.put("p50 ms", figures.median() * 1e3);
    line.put("p99 ms", figures.at(99) * 1e3);
    line.put("CPU ms", figures.cpu() * 1e3);
    line.put("runs", (double) runs);
    return new Section(
        "./holdfast invoke NAME -- true: a process for each command",
        Map.of("holdfast invoke", line),
        new ArrayList<>());
  }

  private static void invoke(Fleet fleet) throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder(List.of(Machine.launcher(), "invoke", fleet.ids().get(0), "--", "true"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("HOLDFAST_SERVER", fleet.node().endpoint().toString());
    builder.environment().put("HOLDFAST_TOKEN", fleet.node().token());
    int code = builder.start().waitFor();
    if (code != 0) {
      throw new IOException("holdfast invoke ended with " + code);
    }
  }
}
