package dev.holdfast.node;

import dev.holdfast.api.NodeCalls;
import dev.holdfast.api.NodeCalls.Member;
import dev.holdfast.api.NodeCalls.Standing;
import dev.holdfast.directory.NodeFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Leave;
import org.apache.pekko.cluster.typed.Subscribe;

/**
 * The nodes as this one sees them. One that has left in order is remembered for an hour: whoever
 * asked it to wants to see that it did.
 */
final class Members implements NodeCalls.Cluster {

  private static final long REMEMBERED = Duration.ofHours(1).toNanos();

  private final Cluster cluster;
  private final Supplier<Map<String, NodeFacts>> facts;
  private final Map<String, Long> left = new ConcurrentHashMap<>();

  /**
   * @param facts what nodes have said of themselves, by address
   */
  Members(ActorSystem<?> system, Supplier<Map<String, NodeFacts>> facts) {
    this.cluster = Cluster.get(system);
    this.facts = facts;
    system.systemActorOf(watching(), "holdfast-members", Props.empty());
  }

  private Behavior<ClusterEvent.MemberEvent> watching() {
    return Behaviors.setup(
        context -> {
          cluster
              .subscriptions()
              .tell(Subscribe.create(context.getSelf(), ClusterEvent.MemberEvent.class));
          return Behaviors.receiveMessage(
              event -> {
                note(event);
                return Behaviors.same();
              });
        });
  }

  private void note(ClusterEvent.MemberEvent event) {
    String address = event.member().address().toString();
    if (event instanceof ClusterEvent.MemberRemoved removed
        && removed.previousStatus() == MemberStatus.exiting()) {
      left.put(address, System.nanoTime());
    } else {
      left.remove(address);
    }
  }

  @Override
  public List<Member> members() {
    Map<String, NodeFacts> known = facts.get();
    var all = new ArrayList<Member>();
    for (var member : cluster.state().getMembers()) {
      String address = member.address().toString();
      boolean isReachable = !cluster.state().getUnreachable().contains(member);
      all.add(
          new Member(
              address,
              isReachable ? standing(member.status()) : Standing.UNREACHABLE,
              Optional.ofNullable(known.get(address))));
    }
    left.values().removeIf(at -> System.nanoTime() - at > REMEMBERED);
    left.keySet().stream()
        .filter(address -> all.stream().noneMatch(member -> member.address().equals(address)))
        .map(
            address ->
                new Member(address, Standing.DRAINED, Optional.ofNullable(known.get(address))))
        .forEach(all::add);
    return all;
  }

  private static Standing standing(MemberStatus status) {
    if (status == MemberStatus.up()) {
      return Standing.UP;
    } else if (status == MemberStatus.joining() || status == MemberStatus.weaklyUp()) {
      return Standing.JOINING;
    }
    return status == MemberStatus.leaving() || status == MemberStatus.exiting()
        ? Standing.LEAVING
        : Standing.DOWN;
  }

  /** Whether this node is one that the others count on. */
  boolean hasSelf() {
    return cluster.selfMember().status() == MemberStatus.up();
  }

  @Override
  public void leave(String address) {
    Address which = AddressFromURIString.parse(address);
    cluster.manager().tell(Leave.create(which));
  }
}
