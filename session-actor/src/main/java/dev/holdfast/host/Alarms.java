package dev.holdfast.host;

import dev.holdfast.host.Timers.Timer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * The timers of one link. When the link is over none is left: a timer would keep the link, and with
 * it a whole closed connection, in memory until it is due. Used on the link's serial alone, and
 * tasks run there.
 */
final class Alarms {

  private final Timers timers;
  private final Serial serial;
  private final Set<Alarm> set = new HashSet<>();
  private boolean over;

  Alarms(Timers timers, Serial serial) {
    this.timers = timers;
    this.serial = serial;
  }

  /** Runs a task later, unless it is cancelled or the link is over by then. */
  Timer after(Duration delay, Runnable task) {
    if (over) {
      return Timer.NONE;
    }
    var alarm = new Alarm(task);
    set.add(alarm);
    alarm.timer = timers.after(delay, () -> serial.execute(alarm::ring));
    return alarm;
  }

  /** Cancels all that are set, and takes no more. */
  void end() {
    over = true;
    set.forEach(alarm -> alarm.timer.cancel());
    set.clear();
  }

  private final class Alarm implements Timer {

    private final Runnable task;
    private Timer timer = Timer.NONE;

    Alarm(Runnable task) {
      this.task = task;
    }

    void ring() {
      if (set.remove(this)) {
        task.run();
      }
    }

    @Override
    public void cancel() {
      if (set.remove(this)) {
        timer.cancel();
      }
    }
  }
}
