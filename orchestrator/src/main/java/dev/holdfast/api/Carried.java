package dev.holdfast.api;

import dev.holdfast.session.Copy;
import dev.holdfast.session.Origin;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Deadlines;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.FileTree;
import dev.holdfast.transport.RemoteFiles;
import dev.holdfast.transport.Target;
import dev.holdfast.transport.TransportException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * One copy, as far as this node carries it: its way to the files of the target, which is opened
 * when it is needed and again when it was lost, and the calls on it, one after another.
 *
 * <p>Every call has a deadline. When that is over the way is closed, which ends whatever still
 * waits on it.
 */
final class Carried {

  private static final Duration TO_OPEN = Duration.ofSeconds(30);

  /** So many calls of one copy may wait, so that no more of its pieces are held than that. */
  private static final int CALLS_AT_ONCE = 2;

  final String session;
  final Copy copy;
  final Origin by;
  private final Copies.Targets targets;
  private final Executor threads;
  private CompletableFuture<Target> target = new CompletableFuture<>();
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);
  private Optional<Way> way = Optional.empty();
  private Optional<Listing> listing = Optional.empty();
  private int calls;
  private long usedAt = System.nanoTime();
  private long files;
  private long bytes;
  private boolean over;

  /** What is open: the tree, and the connection that was borrowed for it. */
  private record Way(FileTree tree, Connection connection) {
    void close() {
      tree.close();
      connection.close();
    }
  }

  /** The directory that is being listed, kept for its next page. */
  private record Listing(String path, List<RemoteFiles.Entry> entries) {}

  /** What a call does with the files. */
  interface Work<T> {
    T on(FileTree tree) throws TransportException;
  }

  Carried(String session, Copy copy, Origin by, Copies.Targets targets, Executor threads) {
    this.session = session;
    this.copy = copy;
    this.by = by;
    this.targets = targets;
    this.threads = threads;
  }

  /** The session has agreed, and its target is this one. */
  void agreed(Target at) {
    target.complete(at);
  }

  void refused(Throwable why) {
    target.completeExceptionally(why);
  }

  /** Does one thing with the files, after what was asked before. */
  synchronized <T> CompletionStage<T> call(Duration deadline, Work<T> work) {
    if (over) {
      return CompletableFuture.failedStage(lost());
    }
    if (calls >= CALLS_AT_ONCE) {
      return CompletableFuture.failedStage(
          Refusal.of(
              dev.holdfast.api.Kind.TOO_MANY_COPIES,
              "this copy has " + calls + " calls under way already",
              "wait for their answers, or use another key for another copy"));
    }
    calls++;
    CompletableFuture<T> result =
        last.handle((done, failed) -> done)
            .thenCompose(before -> target)
            .thenCompose(at -> opened(at))
            .thenCompose(open -> within(deadline, open, work));
    last = result;
    var unused = result.whenComplete((value, failed) -> answered(failed));
    return result;
  }

  private static Refusal lost() {
    return Refusal.of(
        new Failure(Kind.LINK_LOST, "the copy was ended meanwhile", "begin it with another key"));
  }

  private CompletionStage<Way> opened(Target at) {
    synchronized (this) {
      if (way.isPresent()) {
        return CompletableFuture.completedStage(way.get());
      }
    }
    return targets
        .connect(at, TO_OPEN)
        .thenCompose(
            connection ->
                connection
                    .files(TO_OPEN)
                    .thenCompose(found -> planted(found))
                    .thenApply(tree -> keep(new Way(tree, connection)))
                    .whenComplete(
                        (done, failed) -> {
                          if (failed != null) {
                            connection.close();
                          }
                        }));
  }

  private CompletionStage<FileTree> planted(RemoteFiles found) {
    return onThread(TO_OPEN, () -> new FileTree(found, copy.path()))
        .whenComplete(
            (tree, failed) -> {
              if (failed != null) {
                found.close();
              }
            });
  }

  private synchronized Way keep(Way opened) {
    if (over) {
      opened.close();
      throw lost();
    }
    way = Optional.of(opened);
    return opened;
  }

  private <T> CompletionStage<T> within(Duration deadline, Way open, Work<T> work) {
    return onThread(deadline, () -> work.on(open.tree()));
  }

  private interface Blocking<T> {
    T run() throws TransportException;
  }

  private <T> CompletableFuture<T> onThread(Duration deadline, Blocking<T> work) {
    var result = new CompletableFuture<T>();
    threads.execute(
        () -> {
          try {
            result.complete(work.run());
          } catch (TransportException | RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    Supplier<Failure> late =
        () ->
            new Failure(
                Kind.TIMED_OUT,
                "the target did not answer within " + deadline.toSeconds() + " s",
                "look at the target, and copy again");
    return Deadlines.within(result, deadline, late);
  }

  private synchronized void answered(Throwable failed) {
    calls--;
    usedAt = System.nanoTime();
    if (failed != null && Failure.of(failed).kind().next() != Failure.Next.GIVE_UP) {
      shut();
    }
  }

  private synchronized void shut() {
    way.ifPresent(Way::close);
    way = Optional.empty();
  }

  /** Nothing more is done; gives what was carried. */
  synchronized Copies.Amount end() {
    over = true;
    shut();
    return new Copies.Amount(files, bytes);
  }

  synchronized void carriedFile() {
    files++;
  }

  synchronized void carriedBytes(int more) {
    bytes += more;
  }

  synchronized boolean isIdle(Duration since) {
    return calls == 0 && System.nanoTime() - usedAt > since.toNanos();
  }

  /** A page of a directory: the names after {@code after}, in order. */
  List<RemoteFiles.Entry> page(FileTree tree, String path, String after, int most)
      throws TransportException {
    Optional<Listing> known = listing.filter(l -> l.path().equals(path) && !after.isEmpty());
    Listing whole = known.isPresent() ? known.get() : listed(tree, path);
    List<RemoteFiles.Entry> page =
        whole.entries().stream()
            .dropWhile(entry -> !after.isEmpty() && entry.name().compareTo(after) <= 0)
            .limit(most)
            .toList();
    listing = page.size() < most ? Optional.empty() : Optional.of(whole);
    return page;
  }

  private static Listing listed(FileTree tree, String path) throws TransportException {
    return new Listing(
        path,
        tree.list(path).stream()
            .sorted(java.util.Comparator.comparing(RemoteFiles.Entry::name))
            .toList());
  }
}
