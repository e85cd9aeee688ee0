package dev.holdfast.host;

import dev.holdfast.output.OutputLog;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Link;
import dev.holdfast.transport.LinkReport;
import dev.holdfast.transport.LinkRequest;
import dev.holdfast.transport.Transport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Opens links to targets that keep their sessions with the POSIX {@code sh} host, over whichever
 * transport serves the target's scheme.
 */
public final class HostOpener implements Link.Opener {

  private final Map<String, Transport> transports;
  private final HostLink.Node node;

  /**
   * @param transports one for each scheme; they stay the caller's to close
   * @param log where output goes
   * @param pool runs links, and blocks while output is stored: give it a few threads of its own
   * @param timers runs nothing but hand-overs; one thread is enough, and it should remove cancelled
   *     tasks ({@code setRemoveOnCancelPolicy})
   */
  public HostOpener(
      List<Transport> transports,
      HostScript script,
      HostSettings settings,
      OutputLog log,
      Executor pool,
      ScheduledExecutorService timers) {
    this(
        transports,
        new HostLink.Node(script, settings, log, pool, Timers.of(timers), new Installs()));
  }

  HostOpener(List<Transport> transports, HostLink.Node node) {
    this.transports =
        transports.stream().collect(Collectors.toMap(Transport::scheme, Function.identity()));
    this.node = node;
  }

  @Override
  public Link open(LinkRequest request, Link.Listener listener) {
    Transport transport = transports.get(request.target().scheme());
    if (transport == null) {
      return refused(
          new Failure(
              Failure.Kind.BAD_TARGET,
              "no transport serves " + request.target(),
              "use one of the schemes " + transports.keySet()),
          listener);
    }
    HostCommands commands;
    try {
      commands =
          new HostCommands(
              node.script(),
              node.settings().root(request.target()),
              request.session(),
              request.incarnation(),
              request.start().user());
      HostCommands.shell(request.shell());
    } catch (IllegalArgumentException e) {
      return refused(
          new Failure(
              Failure.Kind.BAD_TARGET, e.getMessage(), "correct it in the session or its profile"),
          listener);
    }
    var link = new HostLink(node, request, listener, transport, commands);
    link.open();
    return link;
  }

  private Link refused(Failure failure, Link.Listener listener) {
    node.pool().execute(() -> listener.on(new LinkReport.Failed(failure, false)));
    return new NoLink();
  }
}
