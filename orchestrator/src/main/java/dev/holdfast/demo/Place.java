package dev.holdfast.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The temporary directory of a demo and what it started there. However the demo ends, by itself, by
 * a failure or by Ctrl-C, what runs is ended and the directory is deleted.
 *
 * <p>Sessions outlive their node, as they should; those that the demo did not come to remove are
 * ended here by the process ids that they keep beside them.
 */
final class Place implements AutoCloseable {

  private static final int CLEARING_SECONDS = 60;

  /** Files of a session that begin with the id of one of its processes; the keeper goes first. */
  private static final List<String> PROCESSES = List.of("keeper", "owner", "worker");

  private final Path directory;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final CountDownLatch cleared = new CountDownLatch(1);
  private final Thread atExit;

  /** Makes the directory, for the thread that tells the demo. */
  Place() throws IOException {
    directory = Files.createTempDirectory("holdfast-demo-");
    Thread teller = Thread.currentThread();
    atExit =
        new Thread(
            () -> {
              teller.interrupt();
              awaitCleared();
            },
            "demo-end");
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  Path directory() {
    return directory;
  }

  /** Closes this, too, at the end; what came last goes first. */
  <T extends AutoCloseable> T own(T part) {
    parts.push(part);
    return part;
  }

  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    try {
      while (!parts.isEmpty()) {
        end(parts.pop());
      }
      endSessions();
      delete();
    } catch (IOException | UncheckedIOException e) {
      System.err.println("holdfast: " + directory + " was not cleared: " + e.getMessage());
    } finally {
      cleared.countDown();
      forgetExit();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void end(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      System.err.println("holdfast: while the demo was ended: " + e);
    }
  }

  private void endSessions() throws IOException {
    try (Stream<Path> all = Files.walk(directory, 4)) {
      List<Path> files = all.filter(Files::isRegularFile).toList();
      for (String name : PROCESSES) {
        for (Path file : files) {
          if (file.getFileName().toString().equals(name)) {
            kill(Files.readString(file));
          }
        }
      }
    }
  }

  private static void kill(String process) {
    String id = process.strip().split(" ", 2)[0];
    if (id.matches("[0-9]{1,9}")) {
      ProcessHandle.of(Long.parseLong(id))
          .ifPresent(
              found -> {
                found.descendants().forEach(ProcessHandle::destroyForcibly);
                found.destroyForcibly();
              });
    }
  }

  private void delete() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  private void awaitCleared() {
    try {
      if (!cleared.await(CLEARING_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("holdfast: " + directory + " is not cleared yet");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forgetExit() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      // It waits for what was just done.
    }
  }
}
