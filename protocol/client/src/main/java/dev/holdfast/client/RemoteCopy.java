package dev.holdfast.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.holdfast.protocol.v1.AbandonFileRequest;
import dev.holdfast.protocol.v1.ChecksumFileRequest;
import dev.holdfast.protocol.v1.ChecksumFileResponse;
import dev.holdfast.protocol.v1.EndCopyRequest;
import dev.holdfast.protocol.v1.EndCopyResponse;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.FileCopy;
import dev.holdfast.protocol.v1.FileEntry;
import dev.holdfast.protocol.v1.FileInfo;
import dev.holdfast.protocol.v1.FilesGrpc.FilesBlockingStub;
import dev.holdfast.protocol.v1.FinishFileRequest;
import dev.holdfast.protocol.v1.ListFilesRequest;
import dev.holdfast.protocol.v1.MakeDirectoryRequest;
import dev.holdfast.protocol.v1.MakeLinkRequest;
import dev.holdfast.protocol.v1.ReadFileRequest;
import dev.holdfast.protocol.v1.StatFileRequest;
import dev.holdfast.protocol.v1.WriteFileRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The calls of one copy. A call that fails because a node or the target cannot be reached is made
 * again for as long as the client is patient, once one of them has succeeded: nothing that a call
 * does is done twice by that.
 */
final class RemoteCopy {

  private static final Duration CALL = Duration.ofSeconds(150);

  /** A target that sums up more slowly than this is not waited for, in bytes a second. */
  private static final long SLOWEST_SUM = 4 << 20;

  /** The target is away. */
  private static final Set<String> AWAY =
      Set.of("link-lost", "timed-out", "refused", "unresolved", "overloaded", "protocol");

  private final Holdfast holdfast;
  private final FileCopy copy;
  private final CopyWatch watch;
  private boolean reached;

  RemoteCopy(Holdfast holdfast, FileCopy copy, CopyWatch watch) {
    this.holdfast = holdfast;
    this.copy = copy;
    this.watch = watch;
  }

  FileInfo stat(String path, boolean follow, String version) {
    var request =
        StatFileRequest.newBuilder()
            .setCopy(copy)
            .setPath(path)
            .setFollow(follow)
            .setVersion(version)
            .build();
    return ask(files -> files.statFile(request));
  }

  void list(String path, Consumer<FileEntry> each) {
    var request = ListFilesRequest.newBuilder().setCopy(copy).setPath(path);
    do {
      var page = ask(files -> files.listFiles(request.build()));
      page.getEntriesList().forEach(each);
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
  }

  void makeDirectory(MakeDirectoryRequest.Builder request) {
    var whole = request.setCopy(copy).build();
    var unused = ask(files -> files.makeDirectory(whole));
  }

  void makeLink(String path, String to, boolean replace) {
    var request =
        MakeLinkRequest.newBuilder()
            .setCopy(copy)
            .setPath(path)
            .setTo(to)
            .setReplace(replace)
            .build();
    var unused = ask(files -> files.makeLink(request));
  }

  void write(String path, String version, long offset, byte[] bytes, int length) {
    var request =
        WriteFileRequest.newBuilder()
            .setCopy(copy)
            .setPath(path)
            .setVersion(version)
            .setOffset(offset)
            .setData(UnsafeByteOperations.unsafeWrap(bytes, 0, length))
            .build();
    var unused = ask(files -> files.writeFile(request));
  }

  FileInfo finish(FinishFileRequest.Builder request) {
    var whole = request.setCopy(copy).build();
    return ask(toSum(request.getSize()), files -> files.finishFile(whole));
  }

  void abandon(String path, String version) {
    var request =
        AbandonFileRequest.newBuilder().setCopy(copy).setPath(path).setVersion(version).build();
    var unused = ask(files -> files.abandonFile(request));
  }

  ByteString read(String path, long offset, int max) {
    var request =
        ReadFileRequest.newBuilder()
            .setCopy(copy)
            .setPath(path)
            .setOffset(offset)
            .setMaxBytes(max)
            .build();
    return ask(files -> files.readFile(request)).getData();
  }

  ChecksumFileResponse checksum(String path, String expected, long size) {
    var request =
        ChecksumFileRequest.newBuilder().setCopy(copy).setPath(path).setExpected(expected).build();
    return ask(toSum(size), files -> files.checksumFile(request));
  }

  /**
   * Has the end written down; that it could not be told is no reason for a copy to have failed, and
   * after a failure nobody waits for that.
   */
  void end(Optional<Failure> why) {
    var request = EndCopyRequest.newBuilder().setCopy(copy);
    why.ifPresent(request::setFailure);
    Function<FilesBlockingStub, EndCopyResponse> call = files -> files.endCopy(request.build());
    try {
      var unused = why.isPresent() ? holdfast.filesOnce(CALL, call) : holdfast.files(CALL, call);
    } catch (CallFailed untold) {
      watch.untold(untold);
    }
  }

  private static Duration toSum(long size) {
    return CALL.plusSeconds(size / SLOWEST_SUM);
  }

  private <T> T ask(Function<FilesBlockingStub, T> call) {
    return ask(CALL, call);
  }

  private <T> T ask(Duration within, Function<FilesBlockingStub, T> call) {
    var patience = holdfast.patience();
    boolean told = false;
    while (true) {
      try {
        T answer = holdfast.files(within, call);
        reached = true;
        return answer;
      } catch (CallFailed failed) {
        boolean mayPass =
            failed.kind().equals("too-many-copies") || (reached && AWAY.contains(failed.kind()));
        if (!mayPass || patience.over()) {
          throw failed;
        }
        if (!told) {
          told = true;
          watch.waits(failed);
        }
        patience.pause();
      }
    }
  }
}
