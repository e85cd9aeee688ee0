package dev.holdfast.chaos;

import dev.holdfast.cassandra.Seat;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A process that prints each datagram that it gets, and sends it back; and lets anybody connect. It
 * ends when it is closed.
 */
final class Echo implements AutoCloseable {

  private static final int PORT = 7_000;
  private static final int MOST = 100;
  private static final String READY = "ready";

  private final InetSocketAddress place;
  private final Process process;
  private final BufferedReader printed;

  /** Starts it where it is to live. */
  Echo(Seat seat) throws IOException {
    this.place = new InetSocketAddress(seat.address(), PORT);
    var command = new ArrayList<>(seat.entrance());
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Echo.class.getName()));
    this.process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    this.printed = process.inputReader(StandardCharsets.UTF_8);
    if (!READY.equals(heard())) {
      throw new IOException("it has not started");
    }
  }

  /** The process. */
  public static void main(String[] arguments) throws IOException {
    try (var door = new ServerSocket(PORT);
        var socket = new DatagramSocket(door.getLocalPort())) {
      System.out.println(READY);
      while (true) {
        var packet = new DatagramPacket(new byte[MOST], MOST);
        socket.receive(packet);
        System.out.println(text(packet));
        socket.send(packet);
      }
    }
  }

  static String text(DatagramPacket packet) {
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
  }

  /** The next one that it got. */
  String heard() throws IOException {
    return printed.readLine();
  }

  /** Sends it something. */
  void tell(DatagramSocket from, String what) throws IOException {
    byte[] bytes = what.getBytes(StandardCharsets.UTF_8);
    from.send(new DatagramPacket(bytes, bytes.length, place));
  }

  /** What comes back from it, or nothing in time. */
  static String answer(DatagramSocket to, int millis) throws IOException {
    var packet = new DatagramPacket(new byte[MOST], MOST);
    to.setSoTimeout(millis);
    try {
      to.receive(packet);
      return text(packet);
    } catch (java.net.SocketTimeoutException nothing) {
      return "";
    }
  }

  Socket connect() throws IOException {
    return new Socket(InetAddress.getByName(place.getHostString()), PORT);
  }

  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
  }
}
