package dev.mokha.engineclient;

import dev.mokha.engineclient.http.Transport;
import dev.mokha.engineclient.http.Transport.Call;
import dev.mokha.engineclient.http.Transport.Duplex;
import dev.mokha.engineclient.http.Transport.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/** The calls all areas make: documents in, documents out, streams of documents. */
final class Api {
  static final JsonMapper JSON = JsonMapper.shared();

  private final Transport transport;
  private volatile String version;

  Api(Transport transport, String version) {
    this.transport = transport;
    this.version = version;
  }

  Transport transport() {
    return transport;
  }

  void speak(String agreed) {
    version = agreed;
  }

  static int compare(String a, String b) {
    String[] left = a.split("\\.");
    String[] right = b.split("\\.");
    int major = Integer.compare(Integer.parseInt(left[0]), Integer.parseInt(right[0]));
    return major != 0
        ? major
        : Integer.compare(Integer.parseInt(left[1]), Integer.parseInt(right[1]));
  }

  /** A path's part: names of images keep their slashes. */
  static String part(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("%2F", "/")
        .replace("%3A", ":")
        .replace("%40", "@");
  }

  String target(String path, Query query) {
    return "/v" + version + path + query.text();
  }

  JsonNode get(String path, Query query) {
    return document(Call.of("GET", target(path, query)));
  }

  JsonNode post(String path, Query query, Object body) {
    return document(
        body == null
            ? Call.of("POST", target(path, query))
            : Call.json("POST", target(path, query), JSON.writeValueAsBytes(body)));
  }

  JsonNode delete(String path, Query query) {
    return document(Call.of("DELETE", target(path, query)));
  }

  /** The document a call answers; a missing node for an empty answer. */
  JsonNode document(Call call) {
    try (Reply reply = transport.send(call)) {
      byte[] bytes = reply.body().readAllBytes();
      return bytes.length == 0 ? JSON.missingNode() : JSON.readTree(bytes);
    } catch (IOException e) {
      throw EngineClient.broken(e);
    } catch (JacksonException e) {
      throw new EngineClientException(0, "The engine's answer is not JSON: " + e.getMessage(), e);
    }
  }

  /** An answer that is bytes. */
  InputStream bytes(String path, Query query) {
    return transport.send(Call.of("GET", target(path, query))).body();
  }

  Duplex hijack(String path, Query query, Object body) {
    String target = target(path, query);
    return transport.hijack(
        body == null
            ? Call.of("POST", target)
            : Call.json("POST", target, JSON.writeValueAsBytes(body)));
  }

  /**
   * Hears the documents of an answer, one after the other, until it ends.
   *
   * @throws EngineClientException when one of them says that the work failed
   */
  void documents(Call call, Consumer<JsonNode> listener) {
    try (Reply reply = transport.send(call);
        JsonParser parser = JSON.createParser(reply.body());
        MappingIterator<JsonNode> all = JSON.readerFor(JsonNode.class).readValues(parser)) {
      while (all.hasNextValue()) {
        JsonNode next = all.nextValue();
        if (next.has("errorDetail") || next.has("error")) {
          throw new EngineClientException(
              reply.status(),
              next.path("errorDetail").path("message").asString(next.path("error").asString("")));
        }
        listener.accept(next);
      }
    } catch (JacksonException e) {
      throw new EngineClientException(0, "The engine's answer broke off: " + e.getMessage(), e);
    }
  }
}
