package dev.holdfast.client;

import dev.holdfast.client.CopyResult.Trouble;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts what becomes of the files of one copy; a file that fails spoils nothing for the others.
 */
final class CopyTally {

  private final CopyWatch watch;
  private final List<Trouble> troubles = new ArrayList<>();
  private long files;
  private long bytes;
  private long resumed;
  private long unchanged;
  private long skipped;
  private long failed;
  private String sha256 = "";

  CopyTally(CopyWatch watch) {
    this.watch = watch;
  }

  /** One step of a copy. */
  interface Step {
    void run();
  }

  /** Does a step; if it fails for a reason that is not that of all steps, that is noted. */
  void attempt(String path, Step step) {
    try {
      step.run();
    } catch (CallFailed trouble) {
      if (isOfAll(trouble)) {
        throw trouble;
      }
      failed++;
      if (troubles.size() < CopyResult.TROUBLES_KEPT) {
        troubles.add(new Trouble(path, trouble.failure()));
      }
    }
  }

  private static boolean isOfAll(CallFailed trouble) {
    return trouble.where() != CallFailed.Where.THERE || !Trees.OF_ONE_FILE.contains(trouble.kind());
  }

  void sent(int more) {
    bytes += more;
    watch.moved(more, false);
  }

  void found(long more) {
    resumed += more;
    watch.moved(more, true);
  }

  void carried(String sum) {
    files++;
    sha256 = sum;
  }

  void unchanged(long size, String sum) {
    unchanged++;
    sha256 = sum;
    watch.moved(size, true);
  }

  void skipped() {
    skipped++;
  }

  CopyResult result(String path) {
    boolean one = files + unchanged == 1;
    return new CopyResult(
        path, files, bytes, resumed, unchanged, skipped, one ? sha256 : "", failed, troubles);
  }
}
