package dev.holdfast.client;

import dev.holdfast.client.CopyTerms.Links;
import dev.holdfast.client.Trees.Depth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Optional;

/** How many bytes there are to copy, as far as that can be known. */
final class Total {

  private Total() {}

  static long of(Path directory, Links links) {
    return of(directory, links, Depth.TOP);
  }

  private static long of(Path directory, Links links, Depth depth) {
    if (depth.isTooDeep() || !Files.isReadable(directory)) {
      return 0;
    }
    long sum = 0;
    for (Path each : Upload.listed(directory)) {
      Optional<PosixFileAttributes> found = LocalFile.look(each, links == Links.FOLLOW);
      Depth below = Files.isSymbolicLink(each) ? depth.below().followed() : depth.below();
      if (found.isPresent()) {
        sum +=
            found.get().isDirectory()
                ? of(each, links, below)
                : found.get().isRegularFile() ? found.get().size() : 0;
      }
    }
    return sum;
  }
}
