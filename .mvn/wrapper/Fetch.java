import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;

/** {@code java Fetch.java URL FILE}: for mvnw, where there is neither curl nor wget. The caller checks what came. */
class Fetch {

  public static void main(String[] args) throws InterruptedException {
    var client =
        HttpClient.newBuilder()
            .followRedirects(Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(30))
            .build();
    var request = HttpRequest.newBuilder(URI.create(args[0])).timeout(Duration.ofMinutes(10)).build();
    try {
      var status = client.send(request, BodyHandlers.ofFile(Path.of(args[1]))).statusCode();
      if (status != 200) {
        throw new IOException("HTTP status " + status);
      }
    } catch (IOException failure) {
      System.err.println("mvnw: " + failure);
      System.exit(1);
    }
  }
}
