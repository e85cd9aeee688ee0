package dev.holdfast.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;

/**
 * The floor: the same commands in warm local shells over pipes, with no network, no journal and no
 * promise. What is left is the work of the targets themselves.
 */
final class LocalShells implements Peer, AutoCloseable {

  private record Shell(Process process, Writer in, BufferedReader out) {}

  private final List<Shell> shells = new ArrayList<>();

  LocalShells(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Process process =
          new ProcessBuilder("sh").redirectError(ProcessBuilder.Redirect.DISCARD).start();
      shells.add(new Shell(process, process.outputWriter(), process.inputReader()));
    }
  }

  @Override
  public String name() {
    return "floor: local shells";
  }

  @Override
  public void roundTrip() throws IOException {
    say(shells.get(0), "true; echo $?\n");
    hear(shells.get(0));
  }

  @Override
  public void fanOut(int hosts) throws IOException {
    for (Shell shell : shells.subList(0, hosts)) {
      say(shell, "uname -n\n");
    }
    for (Shell shell : shells.subList(0, hosts)) {
      hear(shell);
    }
  }

  private static void say(Shell shell, String line) throws IOException {
    shell.in().write(line);
    shell.in().flush();
  }

  private static void hear(Shell shell) throws IOException {
    if (shell.out().readLine() == null) {
      throw new IOException("a local shell has ended");
    }
  }

  @Override
  public double cpu() throws IOException {
    return Cpu.of(List.of(ProcessHandle.current().pid()));
  }

  @Override
  public void close() {
    shells.forEach(shell -> shell.process().destroy());
  }
}
