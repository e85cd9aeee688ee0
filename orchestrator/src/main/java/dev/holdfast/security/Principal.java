package dev.holdfast.security;

/**
 * Who is asking.
 *
 * @param name the name in the token file; it is written into histories
 * @param tenant whose sessions this principal sees; those of another tenant do not exist for it
 */
public record Principal(String name, String tenant) {}
