package dev.holdfast.actor.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A main class of the tests in a Java of its own, with the test's own class path. */
final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final BufferedReader lines;

  ChildJvm(Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    // Where native libraries are unpacked; what a killed process leaves there goes with the test's.
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  long pid() {
    return process.pid();
  }

  /** The next line it prints, or null when it has ended. */
  String line() throws IOException {
    return lines.readLine();
  }

  /** SIGKILL; returns what it had still printed. */
  List<String> kill() throws IOException, InterruptedException {
    // Not Process.destroyForcibly, which closes the pipe before it is read.
    process.toHandle().destroyForcibly();
    List<String> rest = lines.lines().toList();
    process.waitFor(20, TimeUnit.SECONDS);
    return rest;
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    lines.close();
  }
}
