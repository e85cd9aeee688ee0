package dev.holdfast.cli;

/** How the end of a job is told to people, on standard error. */
final class Ends {

  private Ends() {}

  /** Tells of an end that an exit code alone does not explain. */
  static void tell(Surroundings around, Result result) {
    if (result.failed() != null) {
      around.complain(result.failure().getCause(), result.failure().getAdvice());
      return;
    }
    var job = result.job();
    switch (job.getState()) {
      case STOPPED -> around.complain("job " + job.getId() + " was cancelled", "");
      case TIMED_OUT ->
          around.complain(
              "job " + job.getId() + " ran longer than its --timeout and was ended",
              "its output so far: holdfast receive " + job.getId());
      case NEVER_STARTED, INTERRUPTED, UNKNOWN ->
          around.complain(
              "job " + job.getId() + ": " + Words.of(job.getState()) + cause(result),
              result.failure() == null ? "" : result.failure().getAdvice());
      default -> {
        // The exit code says it.
      }
    }
  }

  /** One line for one of many. */
  static void tell(Surroundings around, String name, Result result) {
    if (result.failed() != null) {
      around.complain(name + ": " + result.failure().getCause(), result.failure().getAdvice());
    } else if (!result.succeeded()) {
      var job = result.job();
      var end = job.hasExitCode() ? "exit code " + job.getExitCode() : Words.of(job.getState());
      around.complain(name + ": " + end + cause(result) + " (job " + job.getId() + ")", "");
    }
  }

  private static String cause(Result result) {
    return result.failure() == null ? "" : ": " + result.failure().getCause();
  }
}
