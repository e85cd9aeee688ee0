package dev.holdfast.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Small disks that can be filled: tmpfs, where the machine lets us mount one. */
final class Disks implements AutoCloseable {

  private static final int PIECE_BYTES = 4_096;

  private final List<Path> mounted = new ArrayList<>();

  /** Whether a disk can be mounted here; tries it. */
  static boolean canMount(Path scratch) {
    try (var disks = new Disks()) {
      disks.mount(Files.createDirectories(scratch.resolve("a-disk")), 1);
      return true;
    } catch (IOException no) {
      return false;
    }
  }

  /** Puts an empty disk of so many MiB at a directory. */
  void mount(Path directory, int size) throws IOException {
    Files.createDirectories(directory);
    Command.run(
        "mount", "-t", "tmpfs", "-o", "mode=0700,size=" + size + "m", "holdfast", directory + "");
    mounted.add(directory);
  }

  /** Fills a disk to the last byte, until it is healed. */
  Injector.Heal fill(Path directory) throws IOException {
    Path ballast = directory.resolve("ballast");
    byte[] piece = new byte[PIECE_BYTES];
    try (OutputStream out = Files.newOutputStream(ballast)) {
      while (true) {
        out.write(piece);
      }
    } catch (IOException full) {
      return () -> Files.delete(ballast);
    }
  }

  @Override
  public void close() {
    for (Path directory : mounted) {
      try {
        Command.run("umount", "-l", directory.toString());
      } catch (IOException left) {
        System.err.println(left.getMessage());
      }
    }
  }
}
