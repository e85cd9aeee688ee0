package dev.holdfast.api;

import dev.holdfast.directory.Directory;
import dev.holdfast.directory.NodeFacts;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.ListNodesResponse;
import dev.holdfast.protocol.v1.Node;
import dev.holdfast.protocol.v1.NodesGrpc;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The calls of the Nodes service. */
public final class NodeCalls extends NodesGrpc.NodesImplBase {

  private final Directory directory;
  private final Supplier<List<Member>> members;

  /**
   * A node of the cluster.
   *
   * @param status a word of the cluster: up, leaving, unreachable ...
   * @param facts what it has said of itself; empty when nothing was heard yet
   */
  public record Member(String address, String status, Optional<NodeFacts> facts) {}

  /**
   * @param members the nodes there are now, this one among them
   */
  public NodeCalls(Directory directory, Supplier<List<Member>> members) {
    this.directory = directory;
    this.members = members;
  }

  @Override
  public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          var answer = ListNodesResponse.newBuilder();
          members.get().forEach(member -> answer.addNodes(view(member)));
          return CompletableFuture.completedStage(answer.build());
        });
  }

  private Node view(Member member) {
    var sessions = directory.count(member.address());
    var view =
        Node.newBuilder()
            .setAddress(member.address())
            .setStatus(member.status())
            .setSessions(sessions.live())
            .setOpened(sessions.opened());
    member
        .facts()
        .ifPresent(
            facts ->
                view.setVersion(facts.version())
                    .setStartedAt(Views.time(facts.startedAt()))
                    .setPid(facts.pid())
                    .setJava(facts.java()));
    return view.build();
  }
}
