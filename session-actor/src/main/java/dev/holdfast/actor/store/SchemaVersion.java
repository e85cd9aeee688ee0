package dev.holdfast.actor.store;

import dev.holdfast.actor.store.StoreException.Kind;

/**
 * What a node and an operator may do with tables of some version; one of 0 says that there are
 * none.
 *
 * @param server what keeps the tables, as people call it
 * @param place where there: "the keyspace holdfast"
 * @param needed the version that this program works with
 */
public record SchemaVersion(String server, String place, int needed) {

  /**
   * Does nothing when the tables are those that this program works with.
   *
   * @throws StoreException of kind {@code NO_SCHEMA} or {@code NEWER}, with what to do
   */
  public void check(int version) throws StoreException {
    refuseNewer(version);
    if (version < needed) {
      throw new StoreException(
          Kind.NO_SCHEMA,
          version == 0
              ? server + " has no tables of Holdfast in " + place
              : "the tables in "
                  + place
                  + " are of version "
                  + version
                  + "; this Holdfast needs "
                  + needed,
          "run holdfast schema apply, once, for all nodes");
    }
  }

  /**
   * Does nothing unless the tables are of a later Holdfast.
   *
   * @throws StoreException of kind {@code NEWER}
   */
  public void refuseNewer(int version) throws StoreException {
    if (version > needed) {
      throw new StoreException(
          Kind.NEWER,
          "the tables in "
              + place
              + " are of version "
              + version
              + "; this Holdfast knows "
              + needed,
          "use the Holdfast that the other nodes use");
    }
  }

  /** What is said when the tables have been brought from a version to the one that is needed. */
  public String applied(int before) {
    return before == needed
        ? "the tables are of version " + needed + " already; nothing was to be done"
        : "the tables are of version " + needed;
  }
}
