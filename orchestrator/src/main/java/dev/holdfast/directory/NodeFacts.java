package dev.holdfast.directory;

import java.time.Instant;

/**
 * What a node says of itself.
 *
 * @param address in the cluster
 */
public record NodeFacts(String address, String version, Instant startedAt, long pid, String java) {}
