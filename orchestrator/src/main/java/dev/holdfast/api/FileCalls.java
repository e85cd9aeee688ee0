package dev.holdfast.api;

import com.google.protobuf.Timestamp;
import com.google.protobuf.UnsafeByteOperations;
import dev.holdfast.protocol.v1.AbandonFileRequest;
import dev.holdfast.protocol.v1.AbandonFileResponse;
import dev.holdfast.protocol.v1.ChecksumFileRequest;
import dev.holdfast.protocol.v1.ChecksumFileResponse;
import dev.holdfast.protocol.v1.EndCopyRequest;
import dev.holdfast.protocol.v1.EndCopyResponse;
import dev.holdfast.protocol.v1.FileCopy;
import dev.holdfast.protocol.v1.FileEntry;
import dev.holdfast.protocol.v1.FileInfo;
import dev.holdfast.protocol.v1.FilePiece;
import dev.holdfast.protocol.v1.FileType;
import dev.holdfast.protocol.v1.FilesGrpc;
import dev.holdfast.protocol.v1.FinishFileRequest;
import dev.holdfast.protocol.v1.ListFilesRequest;
import dev.holdfast.protocol.v1.ListFilesResponse;
import dev.holdfast.protocol.v1.MakeDirectoryRequest;
import dev.holdfast.protocol.v1.MakeLinkRequest;
import dev.holdfast.protocol.v1.ReadFileRequest;
import dev.holdfast.protocol.v1.StatFileRequest;
import dev.holdfast.protocol.v1.WriteFileRequest;
import dev.holdfast.protocol.v1.WriteFileResponse;
import dev.holdfast.session.Cause;
import dev.holdfast.transport.FileNames;
import dev.holdfast.transport.FileTree;
import dev.holdfast.transport.FileTree.Arrival;
import dev.holdfast.transport.FileTree.Standing;
import dev.holdfast.transport.RemoteFiles;
import dev.holdfast.transport.TransportException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The calls of the Files service: fields are read here, and {@link Copies} has the rest. */
public final class FileCalls extends FilesGrpc.FilesImplBase {

  private static final Duration CALL = Duration.ofSeconds(60);

  /** A target that sums up more slowly than this is too slow, in bytes a second. */
  private static final long SLOWEST_SUM = 4 << 20;

  private static final Pattern VERSION = Pattern.compile("[0-9a-z-]{1,64}");
  private static final Pattern SUM = Pattern.compile("[0-9a-f]{64}");
  private static final int BITS_OF_MODE = 0777;
  private static final int PAGE = 1000;
  private static final int CAUSE_SHOWN = 500;

  private final Copies copies;

  public FileCalls(Copies copies) {
    this.copies = copies;
  }

  private <T> void answer(
      StreamObserver<T> caller, FileCopy copy, Duration deadline, Carried.Work<T> work) {
    answer(caller, copy, carried -> carried.call(deadline, work));
  }

  private <T> void answer(
      StreamObserver<T> caller, FileCopy copy, Function<Carried, CompletionStage<T>> work) {
    Calls.answer(caller, () -> copies.call(copy, Caller.current(), work));
  }

  private static Duration toSum(long size) {
    return CALL.plusSeconds(size / SLOWEST_SUM);
  }

  // ---- looking

  @Override
  public void statFile(StatFileRequest request, StreamObserver<FileInfo> caller) {
    answer(
        caller,
        request.getCopy(),
        CALL,
        tree -> {
          String version = request.getVersion().isEmpty() ? "" : version(request.getVersion());
          var standing = tree.look(request.getPath(), request.getFollow(), version);
          var info = info(standing);
          if (info.getType() == FileType.LINK) {
            info.setLink(tree.readLink(request.getPath()));
          }
          return info.build();
        });
  }

  @Override
  public void listFiles(ListFilesRequest request, StreamObserver<ListFilesResponse> caller) {
    answer(
        caller,
        request.getCopy(),
        carried ->
            carried.call(
                CALL,
                tree -> {
                  int size =
                      request.getPageSize() == 0 ? PAGE : Fields.pageSize(request.getPageSize());
                  var page = carried.page(tree, request.getPath(), request.getPageToken(), size);
                  return page(page, size);
                }));
  }

  private static ListFilesResponse page(List<RemoteFiles.Entry> page, int size) {
    var answer = ListFilesResponse.newBuilder();
    for (RemoteFiles.Entry entry : page) {
      answer.addEntries(
          FileEntry.newBuilder()
              .setName(entry.name())
              .setInfo(info(Optional.of(entry.info())))
              .setSafe(FileNames.isSafe(entry.name())));
    }
    if (page.size() == size) {
      answer.setNextPageToken(page.get(size - 1).name());
    }
    return answer.build();
  }

  @Override
  public void readFile(ReadFileRequest request, StreamObserver<FilePiece> caller) {
    answer(
        caller,
        request.getCopy(),
        carried ->
            carried.call(
                CALL,
                tree -> {
                  Fields.check(request.getOffset() >= 0, "offset", "must not be negative");
                  int max = request.getMaxBytes();
                  Fields.check(
                      max >= 0 && max <= RemoteFiles.LARGEST_PIECE,
                      "max_bytes",
                      "must be from 1 to " + RemoteFiles.LARGEST_PIECE);
                  byte[] bytes =
                      tree.read(
                          request.getPath(),
                          request.getOffset(),
                          max == 0 ? RemoteFiles.LARGEST_PIECE : max);
                  carried.carriedBytes(bytes.length);
                  return FilePiece.newBuilder()
                      .setOffset(request.getOffset())
                      .setData(UnsafeByteOperations.unsafeWrap(bytes))
                      .build();
                }));
  }

  /** How large it is says how long the sum may take. */
  @Override
  public void checksumFile(
      ChecksumFileRequest request, StreamObserver<ChecksumFileResponse> caller) {
    answer(
        caller,
        request.getCopy(),
        carried ->
            carried
                .call(CALL, tree -> tree.look(request.getPath(), true, ""))
                .thenCompose(
                    standing -> {
                      long size = standing.info().map(RemoteFiles.Info::size).orElse(0L);
                      return carried.call(toSum(size), tree -> sum(tree, request));
                    })
                .thenApply(
                    sum -> {
                      if (!request.getExpected().isEmpty()) {
                        carried.carriedFile();
                      }
                      return sum;
                    }));
  }

  private static ChecksumFileResponse sum(FileTree tree, ChecksumFileRequest request)
      throws TransportException {
    String wanted = request.getExpected();
    Optional<String> expected =
        wanted.isEmpty() ? Optional.empty() : Optional.of(sha256("expected", wanted));
    String sum = tree.sha256(request.getPath(), expected);
    return ChecksumFileResponse.newBuilder()
        .setSha256(sum)
        .setInfo(info(tree.look(request.getPath(), true, "")))
        .build();
  }

  // ---- writing

  @Override
  public void makeDirectory(MakeDirectoryRequest request, StreamObserver<FileInfo> caller) {
    answer(
        caller,
        request.getCopy(),
        CALL,
        tree -> {
          tree.makeDirectory(
              request.getPath(),
              mode(request.getMode()),
              request.getPreserve(),
              modified(request.hasModified(), request.getModified()));
          return info(tree.look(request.getPath(), true, "")).build();
        });
  }

  @Override
  public void makeLink(MakeLinkRequest request, StreamObserver<FileInfo> caller) {
    answer(
        caller,
        request.getCopy(),
        CALL,
        tree -> {
          String to = request.getTo();
          Fields.check(
              !to.isEmpty() && to.length() <= 4096 && Fields.printable(to), "to", "is no path");
          tree.makeLink(request.getPath(), to, request.getReplace());
          return info(tree.look(request.getPath(), false, "")).setLink(to).build();
        });
  }

  @Override
  public void writeFile(WriteFileRequest request, StreamObserver<WriteFileResponse> caller) {
    answer(
        caller,
        request.getCopy(),
        carried ->
            carried.call(
                CALL,
                tree -> {
                  Fields.check(request.getOffset() >= 0, "offset", "must not be negative");
                  byte[] bytes = request.getData().toByteArray();
                  Fields.check(
                      bytes.length <= RemoteFiles.LARGEST_PIECE,
                      "data",
                      "may have " + RemoteFiles.LARGEST_PIECE + " bytes at most");
                  long next =
                      tree.write(
                          request.getPath(),
                          version(request.getVersion()),
                          request.getOffset(),
                          bytes);
                  carried.carriedBytes(bytes.length);
                  return WriteFileResponse.newBuilder().setNext(next).build();
                }));
  }

  @Override
  public void finishFile(FinishFileRequest request, StreamObserver<FileInfo> caller) {
    answer(
        caller,
        request.getCopy(),
        carried ->
            carried.call(
                toSum(request.getSize()),
                tree -> {
                  Fields.check(request.getSize() >= 0, "size", "must not be negative");
                  var arrival =
                      new Arrival(
                          request.getSize(),
                          sha256("sha256", request.getSha256()),
                          mode(request.getMode()),
                          request.getPreserve(),
                          modified(request.hasModified(), request.getModified()),
                          request.getReplace());
                  tree.finish(request.getPath(), version(request.getVersion()), arrival);
                  carried.carriedFile();
                  return info(tree.look(request.getPath(), false, "")).build();
                }));
  }

  @Override
  public void abandonFile(AbandonFileRequest request, StreamObserver<AbandonFileResponse> caller) {
    answer(
        caller,
        request.getCopy(),
        CALL,
        tree -> {
          tree.abandon(request.getPath(), version(request.getVersion()));
          return AbandonFileResponse.getDefaultInstance();
        });
  }

  @Override
  public void endCopy(EndCopyRequest request, StreamObserver<EndCopyResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          var why = request.getFailure();
          Optional<Cause> failure =
              request.hasFailure()
                  ? Optional.of(
                      new Cause(
                          shown(why.getKind()), shown(why.getCause()), shown(why.getAdvice())))
                  : Optional.empty();
          return copies
              .end(request.getCopy(), failure, Caller.current())
              .thenApply(
                  amount ->
                      EndCopyResponse.newBuilder()
                          .setFiles(amount.files())
                          .setBytes(amount.bytes())
                          .build());
        });
  }

  private static String shown(String text) {
    String clean = text.replaceAll("\\p{Cntrl}", " ");
    return clean.length() > CAUSE_SHOWN ? clean.substring(0, CAUSE_SHOWN) : clean;
  }

  // ---- fields

  private static String version(String text) {
    Fields.check(
        VERSION.matcher(text).matches(), "version", "must be 1-64 characters of 0-9 a-z and -");
    return text;
  }

  private static String sha256(String field, String text) {
    Fields.check(SUM.matcher(text).matches(), field, "must be 64 digits of 0-9 and a-f");
    return text;
  }

  private static int mode(int mode) {
    Fields.check(mode >= 0 && mode <= BITS_OF_MODE, "mode", "must be from 0 to 511 (0777)");
    return mode;
  }

  private static Optional<Instant> modified(boolean given, Timestamp at) {
    return given
        ? Optional.of(Instant.ofEpochSecond(at.getSeconds(), at.getNanos()))
        : Optional.empty();
  }

  private static FileInfo.Builder info(Standing standing) {
    return info(standing.info()).setPath(standing.path()).setPartSize(standing.part());
  }

  private static FileInfo.Builder info(Optional<RemoteFiles.Info> found) {
    var info = FileInfo.newBuilder().setType(FileType.NOTHING);
    found.ifPresent(
        there ->
            info.setType(
                    switch (there.type()) {
                      case FILE -> FileType.FILE;
                      case DIRECTORY -> FileType.DIRECTORY;
                      case LINK -> FileType.LINK;
                      case OTHER -> FileType.SPECIAL;
                    })
                .setSize(there.size())
                .setMode(there.mode())
                .setModified(Views.time(there.modified())));
    return info;
  }
}
