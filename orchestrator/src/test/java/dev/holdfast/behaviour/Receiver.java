package dev.holdfast.behaviour;

import com.google.protobuf.util.JsonFormat;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.IntUnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A program that is told of events, and answers as the test wants. */
final class Receiver implements AutoCloseable {

  private final HttpServer server;
  private final List<Delivered> accepted = new ArrayList<>();
  private final List<Delivered> all = new ArrayList<>();
  private volatile IntUnaryOperator answer = attempt -> 204;

  /** What came in one attempt. */
  record Delivered(String id, String timestamp, String signature, String body) {
    HistoryEntry event() {
      try {
        var entry = HistoryEntry.newBuilder();
        JsonFormat.parser().merge(body, entry);
        return entry.build();
      } catch (IOException e) {
        throw new AssertionError(body, e);
      }
    }

    boolean isSignedWith(String secret) {
      try {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(
            new SecretKeySpec(
                Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
        byte[] said =
            mac.doFinal((id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
        return signature.equals("v1," + Base64.getEncoder().encodeToString(said));
      } catch (GeneralSecurityException e) {
        throw new AssertionError(e);
      }
    }
  }

  Receiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newSingleThreadExecutor());
    server.createContext("/", this::take);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/in?from=holdfast";
  }

  /** Answers the n-th attempt of all from now on, counted from 1, with a status. */
  void answers(IntUnaryOperator status) {
    synchronized (all) {
      all.clear();
      answer = status;
    }
  }

  private void take(HttpExchange exchange) throws IOException {
    var headers = exchange.getRequestHeaders();
    var delivered =
        new Delivered(
            headers.getFirst("webhook-id"),
            headers.getFirst("webhook-timestamp"),
            headers.getFirst("webhook-signature"),
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    int status;
    synchronized (all) {
      all.add(delivered);
      status = answer.applyAsInt(all.size());
      if (status / 100 == 2) {
        accepted.add(delivered);
      }
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  /** Those that were answered with success. */
  List<Delivered> accepted() {
    synchronized (all) {
      return List.copyOf(accepted);
    }
  }

  /** How many attempts there were since the answer was set. */
  int attempts() {
    synchronized (all) {
      return all.size();
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
