package dev.mokha.docker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.docker.http.Access;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.images.ImportSpec;
import dev.mokha.engine.runtime.Cgroups;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Mounts;
import dev.mokha.network.bridges.ContainerNetworks;
import dev.mokha.network.bridges.ContainerNetworks.AddressPool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import tools.jackson.databind.JsonNode;

/**
 * The Docker API over an engine and networks of their own for one test, spoken to over its socket,
 * and nothing left of it afterwards.
 */
public final class TestDocker implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/bin/busybox");
  private static final List<String> APPLETS =
      List.of(
          "sh", "cat", "echo", "sleep", "true", "ls", "touch", "mkdir", "httpd", "wget", "ping");

  private final Path root;
  private final Path run;
  private final String name;
  private final Access access;
  private final List<Path> sockets;
  private final int range = ThreadLocalRandom.current().nextInt(256);
  private Engine engine;
  private ContainerNetworks networks;
  private DockerApi api;

  /** Opens one for root alone. */
  public TestDocker() {
    this(Access.ROOT_ONLY, List.of());
  }

  /** Opens one, with more sockets beside its own. */
  public TestDocker(Access access, List<Path> sockets) {
    assumeTrue("root".equals(System.getProperty("user.name")), "containers need root: run as root");
    assumeTrue(Files.exists(Path.of("/usr/bin/conmon")), "containers need conmon: install it");
    this.access = access;
    this.sockets = sockets;
    name = "mokhad" + UUID.randomUUID().toString().substring(0, 6);
    root = Path.of("/var/tmp", name);
    run = Path.of("/run", name);
    try {
      Files.createDirectories(root.resolve("docker"));
      Files.createDirectories(run);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open();
  }

  private void open() {
    engine =
        Engine.open(
            new EngineConfig(
                root.resolve("engine"),
                run.resolve("engine"),
                "/" + name,
                Map.of(),
                List.of(),
                Optional.empty()));
    networks =
        ContainerNetworks.open(
            new ContainerNetworks.Config(
                name,
                root.resolve("networks"),
                run.resolve("networks"),
                List.of(new AddressPool("10." + (180 + range % 20) + "." + range + ".0/24", 28)),
                List.of(),
                List.of(),
                List.of()));
    api =
        DockerApi.open(
            new DockerConfig(
                engine,
                networks,
                root.resolve("docker"),
                run.resolve("docker"),
                all(),
                Optional.empty(),
                access,
                false));
    engine.containers().supervise();
  }

  private List<Path> all() {
    List<Path> all = new ArrayList<>(sockets);
    all.addFirst(socket());
    return all;
  }

  /** Ends all of the daemon and begins it again over the same directories; containers go on. */
  public void restart() {
    api.close();
    networks.close();
    engine.close();
    open();
  }

  /** Where it listens. */
  public Path socket() {
    return run.resolve("docker.sock");
  }

  /** All that it answers, as method and path. */
  public List<String> endpoints() {
    return api.endpoints();
  }

  /** The engine beneath. */
  public Engine engine() {
    return engine;
  }

  /** Brings {@code busybox:latest}, made of the machine's own; skips the test where it has none. */
  public TestDocker withBusybox() {
    assumeTrue(Files.isExecutable(PROGRAM), "the test image needs busybox-static: install it");
    engine
        .images()
        .importRoot(
            new ByteArrayInputStream(rootFileSystem()),
            new ImportSpec("docker.io/library/busybox:latest", "test", "", command()));
    return this;
  }

  private static tools.jackson.databind.node.ObjectNode command() {
    var config = Json.object();
    config.putArray("Cmd").add("sh");
    return config;
  }

  private static byte[] rootFileSystem() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      byte[] program = Files.readAllBytes(PROGRAM);
      TarArchiveEntry entry = new TarArchiveEntry("bin/busybox");
      entry.setMode(0100755);
      entry.setSize(program.length);
      tar.putArchiveEntry(entry);
      tar.write(program);
      tar.closeArchiveEntry();
      for (String applet : APPLETS) {
        TarArchiveEntry link = new TarArchiveEntry("bin/" + applet, TarConstants.LF_SYMLINK);
        link.setLinkName("busybox");
        tar.putArchiveEntry(link);
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** What the API answered. */
  public record Answer(int status, Map<String, String> headers, byte[] body) {
    /** The body as text. */
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    /** The body as JSON. */
    public JsonNode json() {
      return Json.MAPPER.readTree(body);
    }

    /** The body as JSON objects, one a line. */
    public List<JsonNode> lines() {
      return text().lines().filter(l -> !l.isBlank()).map(l -> Json.MAPPER.readTree(l)).toList();
    }

    /** What an error says. */
    public String message() {
      return json().path("message").asString("");
    }
  }

  /** Asks without a body. */
  public Answer call(String method, String path) {
    return send(method, path, Map.of(), new byte[0]);
  }

  /** Asks with a JSON body. */
  public Answer call(String method, String path, String json) {
    return send(
        method,
        path,
        Map.of("Content-Type", "application/json"),
        json.getBytes(StandardCharsets.UTF_8));
  }

  /** Asks, and reads the answer to its end. */
  public Answer send(String method, String path, Map<String, String> headers, byte[] body) {
    StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: docker\r\n");
    headers.forEach((key, value) -> head.append(key).append(": ").append(value).append("\r\n"));
    head.append("Content-Length: ").append(body.length).append("\r\nConnection: close\r\n\r\n");
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket()));
      write(channel, head.toString().getBytes(StandardCharsets.US_ASCII));
      write(channel, body);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      while (channel.read(buffer) >= 0) {
        all.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
      return parse(all.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static Answer parse(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    String[] lines = text.substring(0, end).split("\r\n");
    Map<String, String> headers = new java.util.HashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      headers.put(
          lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
          lines[i].substring(colon + 1).strip());
    }
    byte[] rest = java.util.Arrays.copyOfRange(bytes, end + 4, bytes.length);
    boolean chunked = "chunked".equals(headers.get("transfer-encoding"));
    return new Answer(
        Integer.parseInt(lines[0].split(" ")[1]), headers, chunked ? unchunk(rest) : rest);
  }

  private static byte[] unchunk(byte[] bytes) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int at = 0;
    while (true) {
      int end = at;
      while (bytes[end] != '\r') {
        end++;
      }
      int size = Integer.parseInt(new String(bytes, at, end - at, StandardCharsets.US_ASCII), 16);
      if (size == 0) {
        return all.toByteArray();
      }
      all.write(bytes, end + 2, size);
      at = end + 2 + size + 2;
    }
  }

  /** A tar of files, by name. */
  public static byte[] tar(Map<String, String> files) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (String file : new ArrayList<>(files.keySet())) {
        byte[] content = files.get(file).getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(file);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Removes all containers with their anonymous volumes, running or not. */
  public void removeContainers() {
    for (JsonNode one : call("GET", "/containers/json?all=1").json()) {
      call("DELETE", "/containers/" + one.path("Id").asString() + "?force=1&v=1");
    }
  }

  @Override
  public void close() {
    engine.containers().list("").forEach(dev.mokha.engine.containers.Container::remove);
    api.close();
    networks.wipe();
    networks.close();
    engine.close();
    Mounts.unmountTree(run);
    Mounts.unmountTree(root);
    Cgroups.detect().remove("/" + name);
    try {
      DurableFiles.delete(run);
      DurableFiles.delete(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
