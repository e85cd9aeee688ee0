package dev.holdfast.transport;

import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.RemoteFiles.FileType;
import dev.holdfast.transport.RemoteFiles.Info;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a copy may do on a target: everything at or below one root, which its user has named.
 *
 * <p>A file arrives under a private name beside its own, its <i>part</i>, and gets its own name
 * only when size and SHA-256 are right: whoever looks sees the old file or the new one. Writing a
 * piece again changes nothing, and so does finishing again; a part stays when a link is lost, and
 * is gone on with from its size. Its name is made of the file's name and of the <i>version</i> of
 * the source, so that no copy goes on with another one's part.
 *
 * <p>No write passes a symbolic link below the root. What leads to the root may be one: its user
 * has named it.
 *
 * <p>Blocks as {@link RemoteFiles} does, and is used by one thread at a time.
 */
public final class FileTree implements AutoCloseable {

  /** A directory with more entries is not listed. */
  public static final int MOST_LISTED = 100_000;

  /** So many directories are remembered to be none that a link leads to. */
  private static final int MOST_REMEMBERED = 10_000;

  private static final int BITS_OF_MODE = 0777;

  /** A new file may be written by nobody else, whatever its source says. */
  private static final int USUAL_BITS = 0755;

  private final RemoteFiles files;
  private final String root;
  private final Set<String> plain = new HashSet<>();

  /** The part that was written last, by this one: it needs no looking at. */
  private String last = "";

  /**
   * What a file is to be when it has arrived.
   *
   * @param size of its content, in bytes
   * @param sha256 of its content, lower-case hex
   * @param mode of its source
   * @param preserve whether it gets exactly this mode; else a replaced file's mode stays, and a new
   *     one cannot be written by others
   * @param modified when its source was; absent: now
   * @param replace whether another file may stand there
   */
  public record Arrival(
      long size,
      String sha256,
      int mode,
      boolean preserve,
      Optional<Instant> modified,
      boolean replace) {}

  /** What stands somewhere, and how much of its next version is there. */
  public record Standing(String path, Optional<Info> info, long part) {}

  /**
   * A tree.
   *
   * @param root as {@link FileNames#absolute} reads it
   */
  public FileTree(RemoteFiles files, String root) throws TransportException {
    this.files = files;
    this.root = FileNames.absolute(root, isAbsolute(root) ? "/" : files.home());
  }

  private static boolean isAbsolute(String path) {
    return path.startsWith("/");
  }

  // ---- looking

  /**
   * Looks at something.
   *
   * @param version of a source whose part is looked for; empty for none
   */
  public Standing look(String relative, boolean follow, String version) throws TransportException {
    String path = path(relative);
    long part =
        version.isEmpty() ? 0 : files.look(part(path, version), false).map(Info::size).orElse(0L);
    return new Standing(path, files.look(path, follow), part);
  }

  public List<RemoteFiles.Entry> list(String relative) throws TransportException {
    return files.list(path(relative), MOST_LISTED);
  }

  public String readLink(String relative) throws TransportException {
    return files.readLink(path(relative));
  }

  public byte[] read(String relative, long offset, int max) throws TransportException {
    return files.read(path(relative), offset, max);
  }

  /** See {@link RemoteFiles#sha256}. */
  public String sha256(String relative, Optional<String> expected) throws TransportException {
    return files.sha256(path(relative), expected);
  }

  // ---- writing

  /**
   * Makes a directory, or finds it there.
   *
   * @param preserve whether it gets exactly this mode and time; else one that is there stays as it
   *     is, and a new one cannot be written by others
   */
  public void makeDirectory(String relative, int mode, boolean preserve, Optional<Instant> modified)
      throws TransportException {
    String path = guarded(relative);
    Optional<Info> there = files.look(path, path.equals(root));
    if (there.isPresent()) {
      demandDirectory(path, there.get());
    } else {
      files.makeDirectory(path);
    }
    if (preserve || there.isEmpty()) {
      int bits = preserve ? BITS_OF_MODE : USUAL_BITS;
      files.set(path, OptionalInt.of(mode & bits), modified);
    }
  }

  /** Makes a symbolic link; the same one twice is one. */
  public void makeLink(String relative, String to, boolean replace) throws TransportException {
    String path = guarded(relative);
    Optional<Info> there = files.look(path, false);
    if (there.isPresent()) {
      if (there.get().type() == FileType.LINK && files.readLink(path).equals(to)) {
        return;
      }
      demandReplaceable(path, there.get(), replace);
      files.remove(path);
    }
    files.makeLink(path, to);
  }

  /**
   * Writes a piece of a file to its part.
   *
   * @param offset at most the size of the part; fails with {@code PART_LOST} beyond it
   * @return where the next piece begins
   */
  public long write(String relative, String version, long offset, byte[] bytes)
      throws TransportException {
    String part = part(guarded(relative), version);
    if (!part.equals(last)) {
      demandPart(path(relative), files.look(part, false), offset);
    }
    files.write(part, offset, bytes);
    last = part;
    return offset + bytes.length;
  }

  /** Others may have been at its place: it is a file, and no shorter than is thought. */
  private static void demandPart(String path, Optional<Info> part, long offset)
      throws TransportException {
    if (part.isPresent() && part.get().type() != FileType.FILE) {
      throw new TransportException(
          Kind.UNSAFE_LINK,
          "what stands in the place of the part of '" + FileNames.shown(path) + "' is no file",
          "see who else writes to its directory");
    }
    if (part.map(Info::size).orElse(0L) < offset) {
      throw new TransportException(
          Kind.PART_LOST,
          "what was copied of '" + FileNames.shown(path) + "' so far is not there",
          "look how much is there, and go on from that");
    }
  }

  /** Forgets what has arrived of a version. */
  public void abandon(String relative, String version) throws TransportException {
    last = "";
    files.remove(part(guarded(relative), version));
  }

  /** Checks what has arrived and gives it its name. */
  public Info finish(String relative, String version, Arrival arrival) throws TransportException {
    last = "";
    String path = guarded(relative);
    String part = part(path, version);
    Optional<Info> arrived = files.look(part, false);
    Optional<Info> old = files.look(path, false);
    if (old.isPresent()
        && (arrived.isEmpty() || !arrival.replace())
        && isIt(path, old.get(), arrival)) {
      files.remove(part);
      return old.get();
    }
    demandWhole(path, part, arrived, arrival);
    if (old.isPresent()) {
      demandReplaceable(path, old.get(), arrival.replace());
    }
    files.set(part, OptionalInt.of(mode(old, arrival)), arrival.modified());
    files.rename(part, path, arrival.replace());
    return files.look(path, false).orElseThrow(() -> missing(path));
  }

  /** It was finished before, or stood there from the first. */
  private boolean isIt(String path, Info there, Arrival arrival) throws TransportException {
    return there.type() == FileType.FILE
        && there.size() == arrival.size()
        && files.sha256(path, Optional.of(arrival.sha256())).equals(arrival.sha256());
  }

  private void demandWhole(String path, String part, Optional<Info> arrived, Arrival arrival)
      throws TransportException {
    if (arrived.isEmpty()) {
      throw new TransportException(
          Kind.PART_LOST,
          "nothing has arrived of '" + FileNames.shown(path) + "'",
          "copy it from its beginning");
    }
    long size = arrived.get().size();
    if (size == arrival.size()
        && files.sha256(part, Optional.of(arrival.sha256())).equals(arrival.sha256())) {
      return;
    }
    files.remove(part);
    throw new TransportException(
        Kind.CHECKSUM_MISMATCH,
        "what arrived of '"
            + FileNames.shown(path)
            + "' is not what was sent: "
            + (size == arrival.size()
                ? "its SHA-256 is another one"
                : size + " bytes instead of " + arrival.size()),
        "copy it again; it was not put into its place");
  }

  private static int mode(Optional<Info> old, Arrival arrival) {
    if (arrival.preserve()) {
      return arrival.mode() & BITS_OF_MODE;
    }
    return old.filter(info -> info.type() == FileType.FILE)
        .map(Info::mode)
        .orElse(arrival.mode() & USUAL_BITS);
  }

  // ---- where

  private String path(String relative) throws TransportException {
    List<String> names = FileNames.relative(relative);
    String base = root.equals("/") ? "" : root;
    return names.isEmpty() ? root : base + "/" + String.join("/", names);
  }

  /** The path, if no link stands between the root and what it names. */
  private String guarded(String relative) throws TransportException {
    List<String> names = FileNames.relative(relative);
    var way = new StringBuilder(root.equals("/") ? "" : root);
    for (int i = 0; i < names.size() - 1; i++) {
      way.append('/').append(names.get(i));
      demandPlain(way.toString());
    }
    return path(relative);
  }

  private void demandPlain(String directory) throws TransportException {
    if (plain.contains(directory)) {
      return;
    }
    Optional<Info> there = files.look(directory, false);
    demandDirectory(directory, there.orElseThrow(() -> missing(directory)));
    if (plain.size() >= MOST_REMEMBERED) {
      plain.clear();
    }
    plain.add(directory);
  }

  private static void demandDirectory(String path, Info there) throws TransportException {
    if (there.type() == FileType.LINK) {
      throw new TransportException(
          Kind.UNSAFE_LINK,
          "'" + FileNames.shown(path) + "' is a symbolic link, and nothing is written through it",
          "name where it leads as the destination, or remove it");
    }
    if (there.type() != FileType.DIRECTORY) {
      throw new TransportException(
          Kind.NOT_DIRECTORY,
          "'" + FileNames.shown(path) + "' is no directory",
          "remove it, or choose another destination");
    }
  }

  private static void demandReplaceable(String path, Info there, boolean replace)
      throws TransportException {
    if (there.type() == FileType.DIRECTORY) {
      throw new TransportException(
          Kind.IS_DIRECTORY,
          "'" + FileNames.shown(path) + "' is a directory",
          "end the destination with / to copy into it, or choose another name");
    }
    if (!replace) {
      throw new TransportException(
          Kind.FILE_EXISTS,
          "'" + FileNames.shown(path) + "' is there already, with other content",
          "use --force to replace it");
    }
  }

  private static TransportException missing(String path) {
    return new TransportException(
        Kind.NO_SUCH_FILE, "there is no '" + FileNames.shown(path) + "'", "check the path");
  }

  /** A private name beside the file's own. */
  private static String part(String path, String version) {
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1) + "\0" + version;
    String sum = new Sha256().add(name.getBytes(StandardCharsets.UTF_8)).hex();
    return path.substring(0, slash + 1) + ".holdfast-" + sum.substring(0, 16) + ".part";
  }

  @Override
  public void close() {
    files.close();
  }
}
