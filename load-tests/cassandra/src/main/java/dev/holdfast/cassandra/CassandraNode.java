package dev.holdfast.cassandra;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * One real Cassandra node as a process of its own, which may be killed, stopped for a while and
 * started again on what it had written. It ends with the process that started it.
 */
public final class CassandraNode {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int POLL_MILLIS = 50;
  private static final int KNOCK_MILLIS = 2_000;

  /** A frame of the native protocol, version 4: OPTIONS, which is answered before any sign-in. */
  private static final byte[] OPTIONS = {4, 0, 0, 0, 5, 0, 0, 0, 0};

  private static final byte SUPPORTED = 6;

  private final Place place;
  private final NodeFiles files;
  private final List<String> command;
  private Process process;

  CassandraNode(Place place, Path java, String classPath) throws IOException {
    this.place = place;
    this.files = NodeFiles.write(place);
    this.command = files.command(java, classPath);
  }

  /** Where it takes CQL. */
  public InetSocketAddress address() {
    return new InetSocketAddress(place.address(), place.nativePort());
  }

  /** The process, while there is one. */
  public long pid() {
    return process.pid();
  }

  /** The file that holds what the node says. */
  public Path log() {
    return files.log();
  }

  /** Starts the process; does not wait for it. */
  void launch() throws IOException {
    process =
        new ProcessBuilder(command)
            .directory(place.directory().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(files.log().toFile()))
            .start();
  }

  /** Waits until the node answers CQL. */
  public void awaitReady() throws IOException {
    await("does not answer", this::answers);
  }

  /** Waits until the node takes so many nodes of the ring, itself among them, as alive. */
  void awaitAlive(int count) throws IOException {
    await("does not see " + count + " nodes", () -> seesAlive() >= count);
  }

  private interface Look {
    boolean isSo() throws IOException;
  }

  private void await(String otherwise, Look look) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!look.isSo()) {
      if (ended()) {
        throw trouble("ended with " + process.exitValue());
      }
      if (System.nanoTime() > deadline) {
        throw trouble(otherwise + " after " + PATIENCE.toSeconds() + " s");
      }
    }
  }

  private IOException trouble(String what) {
    return new IOException("Cassandra on " + address() + " " + what + ":\n  " + files.tail());
  }

  /** SIGKILL; returns when the process is gone. */
  public void kill() throws IOException {
    process.toHandle().destroyForcibly();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        throw new IOException("process " + pid() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** SIGSTOP: connections stay, nothing is answered. */
  public void pause() throws IOException {
    signal("STOP");
  }

  /** SIGCONT, after {@link #pause}. */
  public void resume() throws IOException {
    signal("CONT");
  }

  /** Starts it again after {@link #kill}, and waits until it answers CQL. */
  public void restart() throws IOException {
    if (process.isAlive()) {
      throw new IllegalStateException("process " + pid() + " is alive");
    }
    launch();
    awaitReady();
  }

  /** Kills it if it runs. */
  void end() throws IOException {
    if (process != null && process.isAlive()) {
      kill();
    }
  }

  /** How many nodes, itself among them, it takes as alive and as members of the ring. */
  @SuppressWarnings("BanJNDI") // Our own child is asked for two attributes.
  private int seesAlive() throws IOException {
    String host = place.seat().isLoopback() ? "127.0.0.1" : place.address();
    String url = "service:jmx:rmi:///jndi/rmi://" + host + ":" + place.jmxPort() + "/jmxrmi";
    try (JMXConnector jmx = JMXConnectorFactory.connect(new JMXServiceURL(url))) {
      var server = jmx.getMBeanServerConnection();
      var storage = new ObjectName("org.apache.cassandra.db:type=StorageService");
      int joining = ((Collection<?>) server.getAttribute(storage, "JoiningNodes")).size();
      return ((Collection<?>) server.getAttribute(storage, "LiveNodes")).size() - joining;
    } catch (JMException e) {
      throw new IOException(e);
    }
  }

  private void signal(String name) throws IOException {
    try {
      int code = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
      if (code != 0) {
        throw new IOException("kill -" + name + " " + pid() + " ended with " + code);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private boolean ended() throws IOException {
    try {
      return process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(address(), KNOCK_MILLIS);
      socket.setSoTimeout(KNOCK_MILLIS);
      socket.getOutputStream().write(OPTIONS);
      byte[] header = new byte[9];
      new DataInputStream(socket.getInputStream()).readFully(header);
      return header[4] == SUPPORTED;
    } catch (IOException notYet) {
      return false;
    }
  }
}
