package dev.holdfast.api;

/**
 * What a new session is granted.
 *
 * @param queueLength how many jobs may wait in one session
 * @param queueBytes how many bytes of script may wait in one session
 * @param jobsKept how many ended jobs of a session are remembered, with their output
 * @param scriptBytes how large one script may be, in bytes of UTF-8
 */
public record Bounds(int queueLength, long queueBytes, int jobsKept, int scriptBytes) {}
