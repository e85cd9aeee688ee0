package dev.holdfast.behaviour;

import java.io.IOException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the one stage that all those share which do it no harm: starting a node takes
 * seconds.
 */
final class SharedStage implements ParameterResolver {

  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(SharedStage.class);

  /** Closed with the store, at the end of all tests. */
  private record Kept(Stage stage) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      stage.close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Stage.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(HERE)
        .getOrComputeIfAbsent(Kept.class, key -> new Kept(set()), Kept.class)
        .stage();
  }

  private static Stage set() {
    try {
      return Stage.set();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
