package dev.holdfast.api;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.session.Core;
import dev.holdfast.session.Jobs;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Session;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ViewsTest {

  @DisplayName("behaviour 23: a job that a node has not heard of yet is waited for, too")
  @Test
  void aJobThatIsNotHeardOfYetHasNotEnded() {
    var jobs = new Jobs(2, Optional.empty(), List.of(), List.of(), List.of());
    Session session =
        new Opened(
            new Core(
                "k3v9x2m4q7pd",
                Core.NONE.terms(),
                Origin.NODE,
                Instant.EPOCH,
                Instant.EPOCH,
                1,
                1,
                1,
                true,
                0,
                jobs),
            "boot");
    assertTrue(Views.ended(session, 2), "it is forgotten");
    assertFalse(Views.ended(session, 3), "it is to come");
  }
}
