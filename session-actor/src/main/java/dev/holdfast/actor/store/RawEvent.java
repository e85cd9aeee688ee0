package dev.holdfast.actor.store;

import com.google.protobuf.ByteString;

/**
 * An event as its serializer wrote it, which is all that a copy needs to know of it.
 *
 * @param manifest what the serializer calls its kind
 */
public record RawEvent(String manifest, ByteString bytes) {}
