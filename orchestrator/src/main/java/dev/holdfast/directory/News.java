package dev.holdfast.directory;

import dev.holdfast.journal.Snapshots;
import dev.holdfast.protocol.journal.v1.SessionRecord;
import dev.holdfast.session.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;

/**
 * Keeps the directories of all nodes alike: ten times a second it tells the others which of this
 * node's sessions have changed, each as it is by then, so that the work is bounded by how many
 * change and not by how often.
 *
 * <p>Messages may be lost, and nodes come and go. So a node that hears of another asks it for all
 * it keeps; and every so often each tells of all its sessions again, some at a time. An owner that
 * was cut off may still talk; its epoch is lower then, and it is not listened to. What a dead node
 * kept is shown as it was last known until its new owner speaks.
 */
public final class News {

  private static final ServiceKey<Message> KEY = ServiceKey.create(Message.class, "holdfast-news");
  private static final Duration ROUND = Duration.ofMillis(100);

  /** All sessions are told again this often at most, and so many of them in one round. */
  private static final Duration REPEAT = Duration.ofSeconds(30);

  private static final int REPEATED = 20;

  /** A message stays far below the size that the transport bears. */
  private static final int MOST_BYTES = 256 * 1024;

  private static final int ENDED_TOLD = 20;

  private final ActorContext<Message> context;
  private final Directory directory;
  private final NodeFacts self;
  private final ConcurrentMap<String, NodeFacts> nodes;
  private Set<ActorRef<Message>> others = Set.of();
  private List<Session> toRepeat = List.of();
  private long repeatedAt = System.nanoTime();

  /** What a directory's messenger receives. */
  interface Message {}

  /** What another node says. */
  record Told(NodeFacts node, List<SessionRecord> sessions, ActorRef<Message> from, boolean asks)
      implements Message {}

  private record Peers(Receptionist.Listing listing) implements Message {}

  private record Round() implements Message {}

  private News(
      ActorContext<Message> context,
      Directory directory,
      NodeFacts self,
      ConcurrentMap<String, NodeFacts> nodes) {
    this.context = context;
    this.directory = directory;
    this.self = self;
    this.nodes = nodes;
  }

  /** The messenger of this node's directory. */
  public static final class Desk {
    private final ConcurrentMap<String, NodeFacts> nodes = new ConcurrentHashMap<>();
    private final Behavior<?> behavior;

    /**
     * @param self this node
     */
    public Desk(Directory directory, NodeFacts self) {
      nodes.put(self.address(), self);
      behavior = create(directory, self, nodes);
    }

    /** Its actor, to be spawned once. */
    public Behavior<?> behavior() {
      return behavior;
    }

    /** What nodes have said of themselves, by address; some may be gone. */
    public Map<String, NodeFacts> nodes() {
      return Map.copyOf(nodes);
    }
  }

  private static Behavior<Message> create(
      Directory directory, NodeFacts self, ConcurrentMap<String, NodeFacts> nodes) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(new Round(), ROUND);
                  var receptionist = context.getSystem().receptionist();
                  receptionist.tell(Receptionist.register(KEY, context.getSelf()));
                  receptionist.tell(
                      Receptionist.subscribe(
                          KEY, context.messageAdapter(Receptionist.Listing.class, Peers::new)));
                  return new News(context, directory, self, nodes).listening();
                }));
  }

  private Behavior<Message> listening() {
    return Behaviors.receive(Message.class)
        .onMessage(Peers.class, peers -> meet(peers.listing().getServiceInstances(KEY)))
        .onMessage(Round.class, round -> round())
        .onMessage(Told.class, this::hear)
        .build();
  }

  private Behavior<Message> meet(Set<ActorRef<Message>> all) {
    Set<ActorRef<Message>> now =
        all.stream()
            .filter(peer -> !peer.equals(context.getSelf()))
            .collect(Collectors.toUnmodifiableSet());
    now.stream()
        .filter(peer -> !others.contains(peer))
        .forEach(peer -> peer.tell(new Told(self, List.of(), context.getSelf(), true)));
    others = now;
    return Behaviors.same();
  }

  private Behavior<Message> hear(Told told) {
    nodes.put(told.node().address(), told.node());
    told.sessions().forEach(session -> directory.learn(session, told.node().address()));
    if (told.asks()) {
      tell(directory.kept(), Set.of(told.from()));
    }
    return Behaviors.same();
  }

  private Behavior<Message> round() {
    List<Session> changed = directory.takeChanged();
    if (!others.isEmpty()) {
      tell(changed, others);
      repeat();
    }
    return Behaviors.same();
  }

  private void repeat() {
    if (toRepeat.isEmpty() && System.nanoTime() - repeatedAt > REPEAT.toNanos()) {
      repeatedAt = System.nanoTime();
      toRepeat = directory.kept();
    }
    int some = Math.min(REPEATED, toRepeat.size());
    List<Session> now =
        toRepeat.subList(0, some).stream()
            .flatMap(session -> directory.kept(session.core().id()).stream())
            .toList();
    tell(now, others);
    toRepeat = List.copyOf(toRepeat.subList(some, toRepeat.size()));
  }

  private void tell(List<Session> sessions, Set<ActorRef<Message>> to) {
    List<SessionRecord> message = new ArrayList<>();
    int bytes = 0;
    for (Session session : sessions) {
      SessionRecord record = Snapshots.forOthers(session, ENDED_TOLD);
      if (bytes + record.getSerializedSize() > MOST_BYTES && !message.isEmpty()) {
        send(message, to);
        message = new ArrayList<>();
        bytes = 0;
      }
      message.add(record);
      bytes += record.getSerializedSize();
    }
    if (!message.isEmpty()) {
      send(message, to);
    }
  }

  private void send(List<SessionRecord> sessions, Set<ActorRef<Message>> to) {
    var told = new Told(self, List.copyOf(sessions), context.getSelf(), false);
    to.forEach(peer -> peer.tell(told));
  }
}
