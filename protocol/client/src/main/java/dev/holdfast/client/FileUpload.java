package dev.holdfast.client;

import dev.holdfast.protocol.v1.FileInfo;
import dev.holdfast.protocol.v1.FileType;
import dev.holdfast.protocol.v1.FinishFileRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * Sends one file: what is there of it from an earlier attempt is gone on with, and it gets its name
 * only when its SHA-256 on the target is that of what was read here.
 */
final class FileUpload {

  private static final int VERSION_LENGTH = 32;

  private final RemoteCopy remote;
  private final CopyTally tally;
  private final CopyTerms how;
  private final Pace pace;

  FileUpload(RemoteCopy remote, CopyTally tally, CopyTerms how, Pace pace) {
    this.remote = remote;
    this.tally = tally;
    this.how = how;
    this.pace = pace;
  }

  /** A file that is being sent. */
  private record Source(
      Path path, String to, FileChannel bytes, PosixFileAttributes as, String version) {}

  void send(Path path, String to) {
    LocalFile.on(
        path,
        () -> {
          try (var bytes = FileChannel.open(path)) {
            PosixFileAttributes as = now(path);
            send(new Source(path, to, bytes, as, version(as)));
          }
          return path;
        });
  }

  private static PosixFileAttributes now(Path path) {
    return LocalFile.look(path, true)
        .orElseThrow(
            () ->
                Trees.failed(
                    "source-gone",
                    "'" + path + "' vanished while it was copied",
                    "copy again when nobody removes files"));
  }

  /** One content of one file has one version, also for another client later. */
  private static String version(PosixFileAttributes as) {
    String what = as.size() + " " + as.lastModifiedTime().toInstant() + " " + as.fileKey();
    MessageDigest sum = LocalFile.sum();
    sum.update(what.getBytes(StandardCharsets.UTF_8));
    return LocalFile.hex(sum).substring(0, VERSION_LENGTH);
  }

  private void send(Source source) throws IOException {
    FileInfo there = remote.stat(source.to(), false, source.version());
    if (there.getType() != FileType.NOTHING && !how.force() && isThere(source, there)) {
      return;
    }
    for (int attempt = 1; ; attempt++) {
      try {
        sendFrom(source, attempt == 1 ? there.getPartSize() : 0);
        return;
      } catch (CallFailed failed) {
        boolean anew =
            failed.kind().equals("part-lost") || failed.kind().equals("checksum-mismatch");
        if (!anew || attempt == Trees.ATTEMPTS) {
          throw failed;
        }
      }
    }
  }

  /** Whether the same content stands there already; other content is a failure. */
  private boolean isThere(Source source, FileInfo there) {
    if (there.getType() == FileType.DIRECTORY) {
      throw Trees.failed(
          "is-directory",
          "'" + there.getPath() + "' is a directory",
          "end the destination with / to copy into it, or choose another name");
    }
    if (there.getType() == FileType.FILE && there.getSize() == source.as().size()) {
      String sum = LocalFile.sha256(source.path());
      if (remote.checksum(source.to(), sum, there.getSize()).getSha256().equals(sum)) {
        tally.unchanged(there.getSize(), sum);
        return true;
      }
    }
    throw Trees.exists(there.getPath());
  }

  private void sendFrom(Source source, long partSize) throws IOException {
    long size = source.as().size();
    if (partSize > size) {
      remote.abandon(source.to(), source.version());
    }
    long at = partSize > size ? 0 : partSize;
    MessageDigest sum = LocalFile.sum();
    byte[] piece = new byte[pace.piece()];
    addFirst(source, at, sum, piece);
    tally.found(at);
    while (at < size || size == 0) {
      int length = read(source, at, piece);
      if (length < 0 && size > 0) {
        break;
      }
      length = Math.max(0, length);
      sum.update(piece, 0, length);
      pace.take(length);
      remote.write(source.to(), source.version(), at, piece, length);
      tally.sent(length);
      at += length;
      if (size == 0) {
        break;
      }
    }
    demandSame(source, at);
    String sha256 = LocalFile.hex(sum);
    var unused = remote.finish(arrival(source, sha256));
    tally.carried(sha256);
  }

  private static void addFirst(Source source, long end, MessageDigest sum, byte[] piece)
      throws IOException {
    for (long at = 0; at < end; ) {
      int length = (int) Math.min(read(source, at, piece), end - at);
      if (length < 0) {
        throw Trees.changed(source.path().toString());
      }
      sum.update(piece, 0, length);
      at += length;
    }
  }

  private static int read(Source source, long at, byte[] piece) throws IOException {
    return source.bytes().read(ByteBuffer.wrap(piece), at);
  }

  private void demandSame(Source source, long read) {
    try {
      PosixFileAttributes now = now(source.path());
      if (read != source.as().size()
          || now.size() != source.as().size()
          || !now.lastModifiedTime().equals(source.as().lastModifiedTime())
          || !Objects.equals(now.fileKey(), source.as().fileKey())) {
        throw Trees.changed(source.path().toString());
      }
    } catch (CallFailed changed) {
      remote.abandon(source.to(), source.version());
      throw changed;
    }
  }

  private FinishFileRequest.Builder arrival(Source source, String sha256) {
    var arrival =
        FinishFileRequest.newBuilder()
            .setPath(source.to())
            .setVersion(source.version())
            .setSize(source.as().size())
            .setSha256(sha256)
            .setMode(LocalFile.mode(source.as()))
            .setPreserve(how.preserve())
            .setReplace(how.force());
    return how.preserve()
        ? arrival.setModified(Upload.time(source.as().lastModifiedTime()))
        : arrival;
  }
}
