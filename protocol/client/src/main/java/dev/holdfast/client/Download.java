package dev.holdfast.client;

import dev.holdfast.client.CopyTerms.Links;
import dev.holdfast.client.Trees.Depth;
import dev.holdfast.protocol.v1.FileCopy;
import dev.holdfast.protocol.v1.FileEntry;
import dev.holdfast.protocol.v1.FileInfo;
import dev.holdfast.protocol.v1.FileType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;

/**
 * Copies from targets to this machine, one source at a time; several threads may do so with one of
 * these. The destination is read as {@link Upload} reads it.
 *
 * <p>A target is not believed: a name that could lead elsewhere or steer a terminal is refused, so
 * is a link that leads out of what is copied, and nothing is written through a link below the
 * destination.
 */
public final class Download {

  private static final int OWNER_MAY_ALL = 0700;
  private static final int USUAL_BITS = 0755;

  private final Holdfast holdfast;
  private final CopyTerms how;
  private final Pace pace;
  private final CopyWatch watch;

  /**
   * @param pace how fast all that share it may be together
   * @param watch hears of every copy
   */
  public Download(Holdfast holdfast, CopyTerms how, Pace pace, CopyWatch watch) {
    this.holdfast = holdfast;
    this.how = how;
    this.pace = pace;
    this.watch = watch;
  }

  /**
   * Copies.
   *
   * @param into whether the destination must be a directory that is there, as with several sources
   * @throws CallFailed when nothing could be copied, or the whole copy came to its end before it
   *     was done; what failed of single files is in the result
   */
  public CopyResult copy(String session, String source, Path destination, boolean into) {
    var copy =
        FileCopy.newBuilder().setSession(session).setKey(Holdfast.key()).setRoot(source).build();
    var remote = new RemoteCopy(holdfast, copy, watch);
    var tally = new CopyTally(watch);
    var run = new Run(remote, tally);
    try {
      FileInfo found = remote.stat("", true, "");
      if (found.getType() == FileType.NOTHING) {
        throw Trees.failed(
            "no-such-file",
            "there is no '" + found.getPath() + "' on the target",
            "check the path; a relative one begins in the account's home directory");
      }
      if (found.getType() == FileType.DIRECTORY && !how.recursive()) {
        throw Trees.isDirectory(found.getPath());
      }
      if (watch.wantsTotal()) {
        watch.total(run.total("", found, Depth.TOP));
      }
      Path to = place(destination, found.getPath(), into);
      run.any("", to, found, Depth.TOP);
      var result = tally.result(to.toString());
      remote.end(Upload.failure(result));
      return result;
    } catch (CallFailed failed) {
      remote.end(Optional.of(failed.failure()));
      throw failed;
    }
  }

  private static Path place(Path destination, String source, boolean into) {
    boolean isDirectory =
        LocalFile.look(destination, true).filter(PosixFileAttributes::isDirectory).isPresent();
    if (into && !isDirectory) {
      throw Trees.failed(
          "not-directory",
          "there is no directory '" + destination + "' here",
          "make it first, or name the copy itself");
    }
    String name = source.substring(source.lastIndexOf('/') + 1);
    if (isDirectory && !Trees.isSafe(name)) {
      throw unsafe(source);
    }
    return isDirectory ? destination.resolve(name) : destination;
  }

  private static CallFailed unsafe(String name) {
    return Trees.failed(
        "unsafe-name",
        "the name '" + name.replaceAll("\\p{Cntrl}", "?") + "' is not safe here",
        "rename it on the target");
  }

  /** One copy under way. */
  private final class Run {
    private final RemoteCopy remote;
    private final CopyTally tally;

    Run(RemoteCopy remote, CopyTally tally) {
      this.remote = remote;
      this.tally = tally;
    }

    long total(String path, FileInfo found, Depth depth) {
      if (found.getType() != FileType.DIRECTORY) {
        return found.getType() == FileType.FILE ? found.getSize() : 0;
      }
      var sum = new long[1];
      if (!depth.isTooDeep()) {
        remote.list(
            path, entry -> sum[0] += total(below(path, entry), entry.getInfo(), depth.below()));
      }
      return sum[0];
    }

    private static String below(String path, FileEntry entry) {
      return path.isEmpty() ? entry.getName() : path + "/" + entry.getName();
    }

    /** Copies one thing, whatever it is; a failure of it alone is noted. */
    private void any(String path, Path to, FileInfo found, Depth depth) {
      tally.attempt(
          path.isEmpty() ? found.getPath() : path,
          () -> {
            switch (found.getType()) {
              case FILE -> new FileDownload(remote, tally, how, pace).fetch(path, to);
              case DIRECTORY -> directory(path, to, found, depth);
              case LINK -> link(path, to, depth);
              case NOTHING ->
                  throw Trees.failed(
                      "source-gone",
                      "'" + path + "' vanished while it was copied",
                      "copy again when nobody removes files");
              default -> throw Trees.special(path);
            }
          });
    }

    private void directory(String path, Path to, FileInfo found, Depth depth) {
      depth.check(path);
      make(to, found, depth.equals(Depth.TOP));
      remote.list(
          path,
          entry -> {
            String below = below(path, entry);
            tally.attempt(
                below,
                () -> {
                  if (!entry.getSafe() || !Trees.isSafe(entry.getName())) {
                    throw unsafe(entry.getName());
                  }
                  any(below, to.resolve(entry.getName()), entry.getInfo(), depth.below());
                });
          });
      if (how.preserve()) {
        LocalFile.set(to, found.getMode(), Optional.of(time(found)));
      }
    }

    /** The destination itself may be a link: its user has named it. */
    private void make(Path to, FileInfo found, boolean destination) {
      Optional<PosixFileAttributes> there = LocalFile.look(to, destination);
      if (there.isEmpty()) {
        int mode = (found.getMode() | OWNER_MAY_ALL) & USUAL_BITS;
        var asked = PosixFilePermissions.asFileAttribute(LocalFile.permissions(mode));
        var unused = LocalFile.on(to, () -> Files.createDirectory(to, asked));
      } else if (there.get().isSymbolicLink()) {
        throw Trees.failed(
            "unsafe-link",
            "'" + to + "' here is a symbolic link, and nothing is written through it",
            "remove it, or choose another destination");
      } else if (!there.get().isDirectory()) {
        throw Trees.failed(
            "not-directory", "'" + to + "' here is no directory", "choose another destination");
      }
    }

    private void link(String path, Path to, Depth depth) {
      if (how.links() == Links.SKIP) {
        tally.skipped();
      } else if (how.links() == Links.FOLLOW) {
        any(path, to, remote.stat(path, true, ""), depth.followed());
      } else {
        String leads = remote.stat(path, false, "").getLink();
        if (!Trees.staysInside(leads, depth.directories() - 1)) {
          throw Trees.failed(
              "unsafe-link",
              "the link '" + path + "' leads out of what is copied, to '" + leads + "'",
              "use --links follow to copy what it leads to, or --links skip");
        }
        keep(to, leads);
      }
    }

    private void keep(Path to, String leads) {
      Optional<PosixFileAttributes> there = LocalFile.look(to, false);
      if (there.isPresent()) {
        if (there.get().isSymbolicLink()
            && LocalFile.on(to, () -> Files.readSymbolicLink(to)).equals(Path.of(leads))) {
          return;
        }
        if (there.get().isDirectory() || !how.force()) {
          throw Trees.exists(to.toString());
        }
        LocalFile.on(to, () -> Files.deleteIfExists(to));
      }
      var unused = LocalFile.on(to, () -> Files.createSymbolicLink(to, Path.of(leads)));
    }
  }

  static Instant time(FileInfo found) {
    return Instant.ofEpochSecond(found.getModified().getSeconds());
  }
}
