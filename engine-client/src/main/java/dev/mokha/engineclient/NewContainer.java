package dev.mokha.engineclient;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * A container to be made. What has no method here can be set in {@link #config} and {@link
 * #hostConfig}, which are sent as they are (the API's {@code ContainerConfig} and {@code
 * HostConfig}).
 *
 * <pre>{@code
 * NewContainer.of("postgres:17").name("db").env("POSTGRES_PASSWORD", secret)
 *     .bind("data", "/var/lib/postgresql/data").publish(5432, 5432).memory(512L << 20);
 * }</pre>
 */
public final class NewContainer {
  private final ObjectNode config = Api.JSON.createObjectNode();
  private final ObjectNode hostConfig = Api.JSON.createObjectNode();
  private final ObjectNode networks = Api.JSON.createObjectNode();
  private String name = "";
  private String platform = "";

  private NewContainer(String image) {
    config.put("Image", image);
  }

  /** One of an image that the engine has. */
  public static NewContainer of(String image) {
    return new NewContainer(image);
  }

  /** Gives it a name; without, the engine makes one up. */
  public NewContainer name(String value) {
    name = value;
    return this;
  }

  /** Wants the image for a platform, such as {@code linux/arm64}. */
  public NewContainer platform(String value) {
    platform = value;
    return this;
  }

  /** What it runs, in place of the image's command. */
  public NewContainer command(String... words) {
    config.set("Cmd", Api.JSON.valueToTree(List.of(words)));
    return this;
  }

  /** The program in place of the image's entry point. */
  public NewContainer entrypoint(String... words) {
    config.set("Entrypoint", Api.JSON.valueToTree(List.of(words)));
    return this;
  }

  /** Sets a variable. */
  public NewContainer env(String key, String value) {
    config.withArray("Env").add(key + "=" + value);
    return this;
  }

  /** Sets a label. */
  public NewContainer label(String key, String value) {
    config.withObject("Labels").put(key, value);
    return this;
  }

  /** Runs as {@code user[:group]}. */
  public NewContainer user(String value) {
    config.put("User", value);
    return this;
  }

  /** Where it runs. */
  public NewContainer workingDir(String value) {
    config.put("WorkingDir", value);
    return this;
  }

  /** Gives it a terminal. */
  public NewContainer terminal() {
    config.put("Tty", true);
    return this;
  }

  /** Keeps an input open for it. */
  public NewContainer input() {
    config
        .put("OpenStdin", true)
        .put("StdinOnce", true)
        .put("AttachStdin", true)
        .put("AttachStdout", true)
        .put("AttachStderr", true);
    return this;
  }

  /** Publishes a TCP port on the address the engine chooses; 0 for a free one. */
  public NewContainer publish(int hostPort, int containerPort) {
    return publish("", hostPort, containerPort, "tcp");
  }

  /** Publishes a port. */
  public NewContainer publish(String address, int hostPort, int containerPort, String protocol) {
    String port = containerPort + "/" + protocol;
    config.withObject("ExposedPorts").putObject(port);
    hostConfig
        .withObject("PortBindings")
        .withArray(port)
        .addObject()
        .put("HostIp", address)
        .put("HostPort", hostPort == 0 ? "" : Integer.toString(hostPort));
    return this;
  }

  /** Mounts a volume's name or a path of the engine's machine. */
  public NewContainer bind(String source, String target) {
    hostConfig.withArray("Binds").add(source + ":" + target);
    return this;
  }

  /** Joins a network: a name, {@code host}, {@code none} or {@code container:ID}. */
  public NewContainer network(String value, String... aliases) {
    hostConfig.put("NetworkMode", value);
    if (aliases.length > 0) {
      ObjectNode endpoint = Api.JSON.createObjectNode();
      endpoint.set("Aliases", Api.JSON.valueToTree(List.of(aliases)));
      networks.withObject("EndpointsConfig").set(value, endpoint);
    }
    return this;
  }

  /** Restarts it: {@code no}, {@code always}, {@code unless-stopped}, {@code on-failure}. */
  public NewContainer restart(String policy) {
    hostConfig.set("RestartPolicy", Api.JSON.valueToTree(Map.of("Name", policy)));
    return this;
  }

  /** Removes it when it ends. */
  public NewContainer removeAtEnd() {
    hostConfig.put("AutoRemove", true);
    return this;
  }

  /** Limits its memory, in bytes. */
  public NewContainer memory(long bytes) {
    hostConfig.put("Memory", bytes);
    return this;
  }

  /** Limits its CPU time, in CPUs. */
  public NewContainer cpus(double cpus) {
    hostConfig.put("NanoCpus", Math.round(cpus * 1e9));
    return this;
  }

  /** The whole configuration, to add to. */
  public ObjectNode config() {
    return config;
  }

  /** What belongs to the engine's machine, to add to. */
  public ObjectNode hostConfig() {
    return hostConfig;
  }

  Query query() {
    return Query.NONE.with("name", name).with("platform", platform);
  }

  ObjectNode body() {
    ObjectNode body = config.deepCopy();
    body.set("HostConfig", hostConfig);
    if (!networks.isEmpty()) {
      body.set("NetworkingConfig", networks);
    }
    return body;
  }
}
