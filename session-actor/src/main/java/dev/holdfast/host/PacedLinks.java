package dev.holdfast.host;

import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Gate;
import dev.holdfast.transport.JobOrder;
import dev.holdfast.transport.Link;
import dev.holdfast.transport.LinkReport;
import dev.holdfast.transport.LinkRequest;
import dev.holdfast.transport.Target;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Opens a bounded number of links at once, to each target and altogether, so that the sessions of a
 * node that died, or of a target that comes back, are no stampede. The others wait; targets take
 * turns. Who waits for longer than the attempt may take is told that the node has no room, and
 * comes again after a pause of its own.
 *
 * <p>What opens a link to the node's own machine runs there, and would starve the node itself: of
 * those there are no more at once than the processors can do with.
 */
public final class PacedLinks implements Link.Opener {

  private static final String HERE = Target.parse("local:").toString();
  private static final int PER_PROCESSOR = 2;

  private final Link.Opener links;
  private final Executor pool;
  private final Gate gate;

  /**
   * @param links opens them
   * @param pool where those who waited are opened, each by itself: thousands may have waited
   */
  public PacedLinks(Link.Opener links, Executor pool, HostSettings settings) {
    this.links = links;
    this.pool = pool;
    int here =
        Math.min(
            settings.opensPerTarget(), PER_PROCESSOR * Runtime.getRuntime().availableProcessors());
    this.gate =
        new Gate(
            target -> target.equals(HERE) ? here : settings.opensPerTarget(),
            settings.opensPerNode());
  }

  /** Opens none until released: a node that starts has better to do than links. */
  public void hold() {
    gate.hold();
  }

  /** Opens those that wait, and all later ones. */
  public void release() {
    gate.release();
  }

  @Override
  public Link open(LinkRequest request, Link.Listener listener) {
    var link = new Paced(request, listener);
    link.await(gate.enter(request.target().toString()));
    return link;
  }

  /** A link that is open, or waits to be opened; before it is, there is nothing to ask of it. */
  private final class Paced implements Link {
    private final LinkRequest request;
    private final Listener listener;
    private final long since = System.nanoTime();
    private CompletableFuture<Runnable> turn = new CompletableFuture<>();
    private Link link = new NoLink();
    private boolean over;

    Paced(LinkRequest request, Listener listener) {
      this.request = request;
      this.listener = listener;
    }

    private synchronized void await(CompletableFuture<Runnable> given) {
      turn = given;
      var unused = turn.thenAcceptAsync(this::open, pool);
    }

    private synchronized void open(Runnable leave) {
      if (over) {
        leave.run();
        return;
      }
      var waited = Duration.ofNanos(System.nanoTime() - since);
      if (waited.compareTo(request.deadline()) > 0) {
        leave.run();
        listener.on(
            new LinkReport.Failed(
                new Failure(
                    Failure.Kind.OVERLOADED,
                    "the node opens too many links to begin with this one within "
                        + waited.toSeconds()
                        + " s",
                    "it is tried again by itself"),
                false));
        return;
      }
      link =
          links.open(
              request,
              report -> {
                leave.run();
                listener.on(report);
              });
    }

    private synchronized Link link() {
      return link;
    }

    @Override
    public void hangUp() {
      CompletableFuture<Runnable> mine;
      synchronized (this) {
        over = true;
        mine = turn;
      }
      if (!mine.cancel(false)) {
        var unused = mine.thenAccept(Runnable::run);
      }
      link().hangUp();
    }

    @Override
    public void start(JobOrder order) {
      link().start(order);
    }

    @Override
    public void settle(String job) {
      link().settle(job);
    }

    @Override
    public void cancel(String job, Duration grace) {
      link().cancel(job, grace);
    }

    @Override
    public void resize(String job, int columns, int rows) {
      link().resize(job, columns, rows);
    }

    @Override
    public void input(String job, OptionalLong size) {
      link().input(job, size);
    }

    @Override
    public void read(String job, long out, long err) {
      link().read(job, out, err);
    }

    @Override
    public void cut(List<String> jobs) {
      link().cut(jobs);
    }

    @Override
    public void end(Duration grace) {
      link().end(grace);
    }
  }
}
