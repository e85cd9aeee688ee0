package dev.holdfast.client;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.FileInfo;
import dev.holdfast.protocol.v1.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;

/**
 * Fetches one file, under a private name first: what is there of it from an earlier attempt is gone
 * on with, and it gets its name only when its SHA-256 here is that of the file on the target.
 */
final class FileDownload {

  private static final int USUAL_BITS = 0755;
  private static final int PART_NAME = 16;

  private final RemoteCopy remote;
  private final CopyTally tally;
  private final CopyTerms how;
  private final Pace pace;

  FileDownload(RemoteCopy remote, CopyTally tally, CopyTerms how, Pace pace) {
    this.remote = remote;
    this.tally = tally;
    this.how = how;
    this.pace = pace;
  }

  void fetch(String path, Path to) {
    FileInfo found = remote.stat(path, true, "");
    if (found.getType() == FileType.NOTHING) {
      throw Trees.failed(
          "source-gone",
          "'" + found.getPath() + "' vanished while it was copied",
          "copy again when nobody removes files");
    }
    Optional<PosixFileAttributes> old = LocalFile.look(to, false);
    if (old.isPresent() && isThere(path, to, found, old.get())) {
      return;
    }
    Path part = part(to, found);
    String sum = checked(path, part, found);
    int mode =
        how.preserve()
            ? found.getMode()
            : old.filter(PosixFileAttributes::isRegularFile)
                .map(LocalFile::mode)
                .orElse(found.getMode() & USUAL_BITS);
    LocalFile.set(
        part, mode, how.preserve() ? Optional.of(Download.time(found)) : Optional.empty());
    LocalFile.rename(part, to, how.force());
    tally.carried(sum);
  }

  /** Whether the same content is here already; other content is a failure. */
  private boolean isThere(String path, Path to, FileInfo found, PosixFileAttributes old) {
    if (old.isDirectory()) {
      throw Trees.failed(
          "is-directory", "'" + to + "' here is a directory", "choose another destination");
    }
    if (how.force()) {
      return false;
    }
    if (old.isRegularFile() && old.size() == found.getSize()) {
      String sum = LocalFile.sha256(to);
      if (remote.checksum(path, sum, found.getSize()).getSha256().equals(sum)) {
        tally.unchanged(old.size(), sum);
        return true;
      }
    }
    throw Trees.exists(to.toString());
  }

  /** A private name beside the file's own, for this content of this file. */
  private static Path part(Path to, FileInfo found) {
    String what =
        to.getFileName()
            + "\0"
            + found.getPath()
            + "\0"
            + found.getSize()
            + "\0"
            + found.getModified().getSeconds();
    MessageDigest sum = LocalFile.sum();
    sum.update(what.getBytes(StandardCharsets.UTF_8));
    String name = LocalFile.hex(sum).substring(0, PART_NAME);
    return to.resolveSibling(".holdfast-" + name + ".part");
  }

  /** Fetches it to its part; what was there from before and is not right is fetched again. */
  private String checked(String path, Path part, FileInfo found) {
    boolean resumed = LocalFile.look(part, false).filter(there -> there.size() > 0).isPresent();
    String sum = LocalFile.on(part, () -> fetch(path, part, found));
    var there = remote.checksum(path, sum, found.getSize());
    if (there.getInfo().getSize() != found.getSize()
        || !there.getInfo().getModified().equals(found.getModified())) {
      var unused = LocalFile.on(part, () -> Files.deleteIfExists(part));
      throw Trees.changed(found.getPath());
    }
    if (there.getSha256().equals(sum)) {
      return sum;
    }
    var unused = LocalFile.on(part, () -> Files.deleteIfExists(part));
    if (resumed) {
      return checked(path, part, found);
    }
    throw Trees.failed(
        "checksum-mismatch",
        "what arrived of '"
            + found.getPath()
            + "' is not what was sent: its SHA-256 is another one",
        "copy it again; it was not put into its place");
  }

  private String fetch(String path, Path part, FileInfo found) throws IOException {
    var how =
        Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            NOFOLLOW_LINKS);
    var asked = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try (var file = FileChannel.open(part, how, asked)) {
      if (file.size() > found.getSize()) {
        var unused = file.truncate(0);
      }
      MessageDigest sum = LocalFile.sum();
      long at = addFirst(file, sum);
      tally.found(at);
      int piece = pace.piece();
      while (at < found.getSize()) {
        ByteString bytes = remote.read(path, at, piece);
        if (bytes.isEmpty()) {
          break;
        }
        pace.take(bytes.size());
        ByteBuffer left = bytes.asReadOnlyByteBuffer();
        sum.update(left.duplicate());
        while (left.hasRemaining()) {
          file.write(left, at + left.position());
        }
        at += bytes.size();
        tally.sent(bytes.size());
      }
      return LocalFile.hex(sum);
    }
  }

  private static long addFirst(FileChannel file, MessageDigest sum) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(1 << 16);
    long at = 0;
    for (int length = file.read(piece, at); length > 0; length = file.read(piece, at)) {
      sum.update(piece.array(), 0, length);
      at += length;
      piece.clear();
    }
    return at;
  }
}
