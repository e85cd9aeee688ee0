package dev.holdfast.cli;

import dev.holdfast.protocol.v1.DrainNodeRequest;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.Node;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "node",
    header = "See the servers, and take one out of service.",
    description = "The servers that keep the sessions.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast node list", "  holdfast node drain 10.0.0.2:7511"})
final class NodeVerb implements Runnable {

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "which verb? There are: node list, node drain");
  }

  @Command(
      name = "list",
      header = "List the servers.",
      description = "Prints each server with its state, its sessions, and how long it has been up.",
      footerHeading = "%nExamples:%n",
      footer = {"  holdfast node list --output json"})
  static final class ListVerb implements Callable<Integer> {

    private final Surroundings around;

    @ArgGroup(validate = false, heading = ServerOptions.HEADING)
    ServerOptions server = new ServerOptions();

    @Mixin Format format = new Format();

    ListVerb(Surroundings around) {
      this.around = around;
    }

    @Override
    public Integer call() {
      try (var client = new Client(server, around)) {
        var nodes = client.nodes(stub -> stub.listNodes(ListNodesRequest.getDefaultInstance()));
        new Rows(around, format).nodes(nodes.getNodesList());
        return ExitCode.OK;
      }
    }
  }

  @Command(
      name = "drain",
      header = "Take a server out of service.",
      description = {
        "The server takes no more requests, gives its sessions to the others, leaves the cluster and ends with exit code 0."
            + " Jobs go on, and their followers come back through another server. Then the server is printed.",
        "Name several servers in --server or HOLDFAST_SERVER: the one that is drained cannot tell that it was."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast node drain 10.0.0.2:7511",
        "  holdfast node drain 10.0.0.2:7511 --timeout 0       only ask it"
      })
  static final class DrainVerb implements Callable<Integer> {

    private static final Duration PAUSE = Duration.ofMillis(250);

    private final Surroundings around;

    @ArgGroup(validate = false, heading = ServerOptions.HEADING)
    ServerOptions server = new ServerOptions();

    @Mixin Format format = new Format();

    @Parameters(
        paramLabel = "NODE",
        description = "Its address, as `node list` prints it, or only HOST:PORT of it.")
    String address;

    @Option(
        names = "--timeout",
        paramLabel = "DURATION",
        converter = Durations.class,
        defaultValue = "5m",
        description = "How long to wait until it is drained; 0 does not wait. Default: 5m.")
    Duration timeout;

    DrainVerb(Surroundings around) {
      this.around = around;
    }

    @Override
    public Integer call() {
      try (var client = new Client(server, around)) {
        var request = DrainNodeRequest.newBuilder().setAddress(address).build();
        var node = drained(client, client.nodes(stub -> stub.drainNode(request)));
        new Rows(around, format).nodes(List.of(node));
        if (isDrained(node) || timeout.isZero()) {
          return ExitCode.OK;
        }
        around.complain(
            node.getAddress() + " is not drained yet; it keeps " + sessions(node),
            "it goes on; look again with `holdfast node list`");
        return ExitCode.STILL_RUNNING;
      }
    }

    private Node drained(Client client, Node asked) {
      long until = System.nanoTime() + timeout.toNanos();
      Node node = asked;
      int before = -1;
      while (!isDrained(node) && System.nanoTime() < until) {
        if (node.getSessions() != before) {
          before = node.getSessions();
          tell(node);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
        node = now(client, node);
      }
      return node;
    }

    /** News for somebody who watches. */
    private void tell(Node node) {
      if (around.errSeen()) {
        around.say("holdfast: " + node.getAddress() + " keeps " + sessions(node));
      }
    }

    private static String sessions(Node node) {
      return node.getSessions() + (node.getSessions() == 1 ? " session" : " sessions");
    }

    private static Node now(Client client, Node node) {
      return client
          .nodes(stub -> stub.listNodes(ListNodesRequest.getDefaultInstance()))
          .getNodesList()
          .stream()
          .filter(it -> it.getAddress().equals(node.getAddress()))
          .findFirst()
          .orElse(node);
    }

    private static boolean isDrained(Node node) {
      return node.getStatus().equals("drained");
    }
  }
}
