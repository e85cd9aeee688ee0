package dev.holdfast.api;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.holdfast.security.Principal;
import dev.holdfast.session.Origin;
import io.netty.util.AttributeKey;

/** Who makes the present call; {@link Gate} has let them in. */
final class Caller {

  private static final AttributeKey<Principal> PRINCIPAL =
      AttributeKey.valueOf(Caller.class, "PRINCIPAL");

  private Caller() {}

  static void is(ServiceRequestContext ctx, Principal principal) {
    ctx.setAttr(PRINCIPAL, principal);
  }

  /** For the thread on which the call arrived. */
  static Origin current() {
    ServiceRequestContext ctx = ServiceRequestContext.current();
    Principal principal = ctx.attr(PRINCIPAL);
    if (principal == null) {
      throw new IllegalStateException("a call came past the gate");
    }
    return new Origin(principal.name(), principal.tenant(), ctx.clientAddress().getHostAddress());
  }
}
