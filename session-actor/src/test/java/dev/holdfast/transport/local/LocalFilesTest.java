package dev.holdfast.transport.local;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;

import dev.holdfast.transport.Connection;
import dev.holdfast.transport.FilesContract;
import dev.holdfast.transport.Target;
import org.junit.jupiter.api.AfterAll;

class LocalFilesTest extends FilesContract {

  private static final LocalTransport TRANSPORT = new LocalTransport();

  @AfterAll
  static void stop() {
    TRANSPORT.close();
  }

  @Override
  protected Connection connect() {
    return await(TRANSPORT.connect(Target.parse("local:"), PATIENCE));
  }
}
