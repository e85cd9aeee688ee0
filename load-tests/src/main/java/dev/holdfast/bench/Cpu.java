package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;

/** Processor time of processes, from {@code /proc}. */
final class Cpu {

  /**
   * Clock ticks of {@code /proc/PID/stat} in a second; fixed at 100 by the kernel's interface on
   * Linux.
   */
  private static final double TICKS = 100;

  private static final int UTIME = 11;
  private static final int CUTIME = 13;

  private Cpu() {}

  /** Seconds that the processes themselves have used so far, in user and in system mode. */
  static double of(Collection<Long> pids) throws IOException {
    double sum = 0;
    for (long pid : pids) {
      sum += ticks(pid, UTIME) / TICKS;
    }
    return sum;
  }

  /** Seconds used so far by children of this JVM that have ended and were waited for. */
  static double ofReapedChildren() throws IOException {
    return ticks(ProcessHandle.current().pid(), CUTIME) / TICKS;
  }

  private static long ticks(long pid, int field) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      String[] fields = stat.substring(stat.lastIndexOf(") ") + 2).split(" ", -1);
      return Long.parseLong(fields[field]) + Long.parseLong(fields[field + 1]);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }
}
