package dev.holdfast.transport.ssh;

import java.util.Optional;

/**
 * The way to a host: directly, or through the host at the end of another route. Two targets with
 * equal routes share their connections.
 */
record Route(Hop hop, Optional<Route> via) {}
