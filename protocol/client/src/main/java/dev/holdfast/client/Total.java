package dev.holdfast.client;

import dev.holdfast.client.CopyTerms.Links;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Optional;

/** How many bytes there are to copy, as far as that can be known. */
final class Total {

  private Total() {}

  static long of(Path directory, Links links) {
    return of(directory, links, 0);
  }

  private static long of(Path directory, Links links, int depth) {
    if (depth >= Trees.DEEPEST || !Files.isReadable(directory)) {
      return 0;
    }
    long sum = 0;
    for (Path each : Upload.listed(directory)) {
      Optional<PosixFileAttributes> found = LocalFile.look(each, links == Links.FOLLOW);
      if (found.isPresent()) {
        sum +=
            found.get().isDirectory()
                ? of(each, links, depth + 1)
                : found.get().isRegularFile() ? found.get().size() : 0;
      }
    }
    return sum;
  }
}
