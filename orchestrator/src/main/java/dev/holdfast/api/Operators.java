package dev.holdfast.api;

import java.util.Set;

/**
 * Who may act on nodes, and see what concerns all tenants.
 *
 * @param tenants the tenants whose tokens are an operator's
 */
public record Operators(Set<String> tenants) {

  public Operators {
    tenants = Set.copyOf(tenants);
  }

  /** Refuses a tenant that is none of them. */
  void check(String tenant) {
    if (!tenants.contains(tenant)) {
      throw Refusal.of(
          Kind.NOT_ALLOWED,
          "the tenant '" + tenant + "' does not operate the nodes",
          "use a token of an operator; holdfast.operators names their tenants");
    }
  }
}
