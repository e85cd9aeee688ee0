package dev.holdfast.output;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A disk that is soon full: a tmpfs of its own. Only root may mount one; others skip the test. */
public final class SmallDisk implements AutoCloseable {
  private final Path directory;

  private SmallDisk(Path directory) {
    this.directory = directory;
  }

  public static SmallDisk of(int kibibytes) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("small-disk");
    boolean mounted =
        run("mount", "-t", "tmpfs", "-o", "size=" + kibibytes + "k", "tmpfs", directory.toString());
    if (!mounted) {
      Files.delete(directory);
    }
    assumeTrue(mounted, "skipped: no right to mount a tmpfs, so no disk can be made full");
    return new SmallDisk(directory);
  }

  public Path directory() {
    return directory;
  }

  /** Fills what is left of the disk, to the last byte; deleting the file gives it back. */
  public Path fill() throws IOException {
    Path ballast = directory.resolve("ballast");
    try (var out = Files.newOutputStream(ballast)) {
      byte[] page = new byte[4096];
      while (true) {
        out.write(page);
      }
    } catch (IOException full) {
      return ballast;
    }
  }

  /** Gives the disk another size. */
  public void enlarge(int kibibytes) throws IOException, InterruptedException {
    if (!run("mount", "-o", "remount,size=" + kibibytes + "k", directory.toString())) {
      throw new IOException("cannot enlarge " + directory);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      run("umount", "-l", directory.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(directory);
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(List.of(command))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return false;
    }
    return process.exitValue() == 0;
  }
}
