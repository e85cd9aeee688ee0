package dev.holdfast.session;

import java.util.Objects;

/**
 * Who asked, and from where. Written beside every event; it is the "who" of the history.
 *
 * @param who the principal's name
 * @param tenant whose sessions the principal may see
 * @param from the caller's address, or empty
 */
public record Origin(String who, String tenant, String from) {

  /** What a node does by itself. */
  public static final Origin NODE = node("");

  /**
   * What a node does by itself.
   *
   * @param address which of several nodes, or empty
   */
  public static Origin node(String address) {
    return new Origin("holdfast", "", address);
  }

  public Origin {
    Objects.requireNonNull(who);
    Objects.requireNonNull(tenant);
    Objects.requireNonNull(from);
  }
}
