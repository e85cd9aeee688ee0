package dev.holdfast.cli;

import dev.holdfast.protocol.v1.ListNodesRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "node",
    header = "See the servers.",
    description = "The servers that keep the sessions.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast node list"})
final class NodeVerb implements Runnable {

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "which verb? There is: node list");
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
}
