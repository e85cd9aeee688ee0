package dev.holdfast.client;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.protobuf.Timestamp;
import dev.holdfast.client.CopyTerms.Links;
import dev.holdfast.client.Trees.Depth;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.FileCopy;
import dev.holdfast.protocol.v1.FileInfo;
import dev.holdfast.protocol.v1.FileType;
import dev.holdfast.protocol.v1.MakeDirectoryRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import java.util.Optional;

/**
 * Copies from this machine to targets, one source to one session at a time; several threads may do
 * so with one of these.
 *
 * <p>The destination is what the copy is to be called; but if it is a directory that is there, or
 * ends with a slash, or is empty (the home directory), the copy gets its source's name in it. A
 * file that is there with the same content is left as it is; with other content it is a failure,
 * unless it is to be replaced.
 */
public final class Upload {

  private static final int OWNER_MAY_ALL = 0700;

  private final Holdfast holdfast;
  private final CopyTerms how;
  private final Pace pace;
  private final CopyWatch watch;

  /**
   * @param pace how fast all that share it may be together
   * @param watch hears of every copy
   */
  public Upload(Holdfast holdfast, CopyTerms how, Pace pace, CopyWatch watch) {
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
  public CopyResult copy(Path source, String session, String destination, boolean into) {
    var copy =
        FileCopy.newBuilder()
            .setSession(session)
            .setKey(Holdfast.key())
            .setUp(true)
            .setRoot(destination)
            .build();
    var remote = new RemoteCopy(holdfast, copy, watch);
    var tally = new CopyTally(watch);
    var run = new Run(remote, tally);
    try {
      PosixFileAttributes found =
          LocalFile.look(source, true)
              .orElseThrow(
                  () ->
                      Trees.failed(
                          "no-such-file", "there is no '" + source + "' here", "check the path"));
      if (found.isDirectory() && !how.recursive()) {
        throw Trees.isDirectory(source.toString());
      }
      if (watch.wantsTotal()) {
        watch.total(found.isDirectory() ? Total.of(source, how.links()) : found.size());
      }
      FileInfo there = remote.stat("", true, "");
      boolean below = into || destination.isEmpty() || destination.endsWith("/");
      if (below && there.getType() != FileType.DIRECTORY) {
        throw Trees.failed(
            there.getType() == FileType.NOTHING ? "no-such-file" : "not-directory",
            "there is no directory '" + destination + "' on the target",
            "make it first, or name the copy itself");
      }
      String path = there.getType() == FileType.DIRECTORY ? name(source) : "";
      run.any(source, path, found, Depth.TOP);
      var result = tally.result(path.isEmpty() ? there.getPath() : there.getPath() + "/" + path);
      remote.end(failure(result));
      return result;
    } catch (CallFailed failed) {
      remote.end(Optional.of(failed.failure()));
      throw failed;
    }
  }

  static Optional<Failure> failure(CopyResult result) {
    return result.troubles().stream().findFirst().map(CopyResult.Trouble::failure);
  }

  private static String name(Path source) {
    Path name = source.toAbsolutePath().normalize().getFileName();
    if (name == null) {
      throw Trees.failed(
          "unsafe-name", "'" + source + "' has no name", "name the directories in it");
    }
    return name.toString();
  }

  /** One copy under way. */
  private final class Run {
    private final RemoteCopy remote;
    private final CopyTally tally;

    Run(RemoteCopy remote, CopyTally tally) {
      this.remote = remote;
      this.tally = tally;
    }

    /** Copies one thing, whatever it is; a failure of it alone is noted. */
    private void any(Path source, String path, PosixFileAttributes found, Depth depth) {
      tally.attempt(
          source.toString(),
          () -> {
            if (found.isSymbolicLink()) {
              link(source, path, depth);
            } else if (found.isDirectory()) {
              directory(source, path, found, depth);
            } else if (found.isRegularFile()) {
              new FileUpload(remote, tally, how, pace).send(source, path);
            } else {
              throw Trees.special(source.toString());
            }
          });
    }

    private void link(Path source, String path, Depth depth) {
      if (how.links() == Links.SKIP) {
        tally.skipped();
      } else if (how.links() == Links.KEEP) {
        String to = LocalFile.on(source, () -> Files.readSymbolicLink(source).toString());
        remote.makeLink(path, to, how.force());
      } else {
        any(
            source,
            path,
            LocalFile.look(source, true)
                .orElseThrow(
                    () ->
                        Trees.failed(
                            "no-such-file",
                            "the link '" + source + "' leads nowhere",
                            "remove it, or use --links skip")),
            depth.followed());
      }
    }

    private void directory(Path source, String path, PosixFileAttributes found, Depth depth) {
      depth.check(source.toString());
      int mode = LocalFile.mode(found);
      remote.makeDirectory(
          MakeDirectoryRequest.newBuilder().setPath(path).setMode(mode | OWNER_MAY_ALL));
      for (Path each : listed(source)) {
        String name = each.getFileName().toString();
        String below = path.isEmpty() ? name : path + "/" + name;
        tally.attempt(
            each.toString(),
            () ->
                any(
                    each,
                    below,
                    LocalFile.on(
                        each,
                        () ->
                            Files.readAttributes(each, PosixFileAttributes.class, NOFOLLOW_LINKS)),
                    depth.below()));
      }
      if (how.preserve()) {
        remote.makeDirectory(
            MakeDirectoryRequest.newBuilder()
                .setPath(path)
                .setMode(mode)
                .setPreserve(true)
                .setModified(time(found.lastModifiedTime())));
      }
    }
  }

  static List<Path> listed(Path directory) {
    return LocalFile.on(
        directory,
        () -> {
          try (var all = Files.list(directory)) {
            return all.sorted().toList();
          }
        });
  }

  static Timestamp time(FileTime time) {
    return Timestamp.newBuilder().setSeconds(time.toInstant().getEpochSecond()).build();
  }
}
