package dev.holdfast.api;

import dev.holdfast.directory.Directory;
import dev.holdfast.directory.NodeFacts;
import dev.holdfast.protocol.v1.DrainNodeRequest;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.ListNodesResponse;
import dev.holdfast.protocol.v1.Node;
import dev.holdfast.protocol.v1.NodesGrpc;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The calls of the Nodes service. */
public final class NodeCalls extends NodesGrpc.NodesImplBase {

  private final Directory directory;
  private final Cluster cluster;
  private final Operators operators;

  /** The nodes there are. */
  public interface Cluster {

    /** All of them, this one included. */
    List<Member> members();

    /** Asks one, by its address, to give its sessions to the others, and to leave. */
    void leave(String address);
  }

  /**
   * A node of the cluster.
   *
   * @param facts what it has said of itself; empty when nothing was heard yet
   */
  public record Member(String address, Standing standing, Optional<NodeFacts> facts) {}

  /** How a node stands to its cluster; in small letters, the words of {@code Node.status}. */
  public enum Standing {
    JOINING,
    UP,
    LEAVING,
    DRAINED,
    UNREACHABLE,
    DOWN;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @param operators who may act on nodes
   */
  public NodeCalls(Directory directory, Cluster cluster, Operators operators) {
    this.directory = directory;
    this.cluster = cluster;
    this.operators = operators;
  }

  @Override
  public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          var answer = ListNodesResponse.newBuilder();
          cluster.members().forEach(member -> answer.addNodes(view(member)));
          return CompletableFuture.completedStage(answer.build());
        });
  }

  @Override
  public void drainNode(DrainNodeRequest request, StreamObserver<Node> caller) {
    Calls.answer(
        caller,
        () -> {
          operators.check(Caller.current().tenant());
          Member member = find(request.getAddress());
          if (mustBeAsked(member)) {
            cluster.leave(member.address());
          }
          return CompletableFuture.completedStage(view(find(member.address())));
        });
  }

  private Member find(String address) {
    return cluster.members().stream()
        .filter(member -> member.address().equals(address) || place(member).equals(address))
        .findFirst()
        .orElseThrow(
            () ->
                Refusal.of(
                    Kind.NOT_FOUND,
                    "there is no node '" + address + "'",
                    "'holdfast node list' shows the nodes there are"));
  }

  /** {@code HOST:PORT}. */
  private static String place(Member member) {
    return member.address().substring(member.address().indexOf('@') + 1);
  }

  private boolean mustBeAsked(Member member) {
    return switch (member.standing()) {
      case LEAVING, DRAINED -> false;
      case JOINING, UNREACHABLE, DOWN ->
          throw Refusal.of(
              Kind.NOT_UP,
              "the node " + member.address() + " is " + member.standing().word(),
              "wait until it is up, or until the others have given it up");
      case UP -> {
        if (cluster.members().stream().filter(it -> it.standing() == Standing.UP).count() < 2) {
          throw Refusal.of(
              Kind.LAST_NODE,
              "no other node is up that could take its sessions over",
              "start another one first; a node that is just stopped keeps its sessions for its next start");
        }
        yield true;
      }
    };
  }

  private Node view(Member member) {
    var sessions = directory.count(member.address());
    var view =
        Node.newBuilder()
            .setAddress(member.address())
            .setStatus(member.standing().word())
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
