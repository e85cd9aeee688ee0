package dev.holdfast.chaos;

import dev.holdfast.cassandra.Seat;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The network between the parties of a run, which are known by their names: where each of them
 * lives, and what may happen between them. Whoever makes it happen says what, and to whom, and does
 * not know how it is done.
 */
interface Network extends AutoCloseable {

  /** How it is done. */
  enum Kind {
    /** Every party has a network namespace of its own, and packets are dropped. */
    NAMESPACES,
    /** A proxy stands before every server, and bytes are held back. */
    PROXY
  }

  /** What passes from one party to another, whoever of them connected. */
  record Way(String from, String to) {

    /** There and back. */
    static Stream<Way> both(String one, String other) {
      return Stream.of(new Way(one, other), new Way(other, one));
    }
  }

  /** Where the servers of a party live. */
  Seat seat(String party);

  /** From now on the others find the server of a party that listens on a port of its seat. */
  void lead(String to, int port) throws IOException;

  /** Nothing passes on these ways any more. Nobody is told. */
  void cut(List<Way> ways) throws IOException;

  /**
   * What was cut passes again.
   *
   * @param breaks whether something on the way has forgotten the connections meanwhile: then both
   *     ends of each are told that it is broken, else it goes on with what had not arrived
   */
  void mend(List<Way> ways, boolean breaks) throws IOException;

  /** From now on the network between all is bad: slow, and loses packets; or is good again. */
  void slow(boolean now) throws IOException;

  /**
   * A party's machine is gone, and whoever talks to it hears nothing. Its processes are the
   * caller's.
   */
  void losePower(String party) throws IOException;

  /**
   * The machine is there again, and has forgotten all connections: whoever says something on one
   * learns that. The targets may stay silent until {@link #noticeAll}.
   */
  void restorePower(String party) throws IOException;

  /** By now whoever was silent learns of connections that were forgotten. */
  void noticeAll();

  /** Which one it is and what it can do here, in one line for people. */
  String words();

  /** Leaves nothing behind. May be called twice. */
  @Override
  void close();
}
