package dev.holdfast.api;

import dev.holdfast.directory.Directory;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.ListNodesResponse;
import dev.holdfast.protocol.v1.Node;
import dev.holdfast.protocol.v1.NodesGrpc;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** The calls of the Nodes service, for a node that is alone. */
public final class NodeCalls extends NodesGrpc.NodesImplBase {

  private final Directory directory;
  private final String address;
  private final String version;
  private final Instant startedAt;

  public NodeCalls(Directory directory, String address, String version, Instant startedAt) {
    this.directory = directory;
    this.address = address;
    this.version = version;
    this.startedAt = startedAt;
  }

  @Override
  public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          var sessions = directory.count();
          return CompletableFuture.completedStage(
              ListNodesResponse.newBuilder()
                  .addNodes(
                      Node.newBuilder()
                          .setAddress(address)
                          .setStatus("up")
                          .setVersion(version)
                          .setStartedAt(Views.time(startedAt))
                          .setSessions(sessions.live())
                          .setOpened(sessions.opened())
                          .setPid(ProcessHandle.current().pid())
                          .setJava(Runtime.version().toString()))
                  .build());
        });
  }
}
