package dev.holdfast.client;

import dev.holdfast.protocol.v1.Failure;
import java.util.List;

/**
 * What came of a copy.
 *
 * @param path where the copy is: on the target, or here
 * @param files how many files were carried whole
 * @param bytes how many bytes of them were sent
 * @param resumed how many bytes of them were there from an earlier attempt
 * @param unchanged how many files with the same content were there already
 * @param skipped how many links were left out, as was asked for
 * @param sha256 of the content, if it was one file; else empty
 * @param failed how many files, links and directories were not copied
 * @param troubles why, of the first {@value #TROUBLES_KEPT} of them
 */
public record CopyResult(
    String path,
    long files,
    long bytes,
    long resumed,
    long unchanged,
    long skipped,
    String sha256,
    long failed,
    List<Trouble> troubles) {

  static final int TROUBLES_KEPT = 100;

  public CopyResult {
    troubles = List.copyOf(troubles);
  }

  /** Why one of them was not copied. */
  public record Trouble(String path, Failure failure) {}
}
