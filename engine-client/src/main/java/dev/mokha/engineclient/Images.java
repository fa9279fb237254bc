package dev.mokha.engineclient;

import dev.mokha.engineclient.http.Transport.Call;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The engine's images. */
public final class Images {
  private static final String TAR = "application/x-tar";

  private final Api api;

  Images(Api api) {
    this.api = api;
  }

  /**
   * An image.
   *
   * @param id {@code sha256:...}
   * @param tags its names
   * @param digests its names with digests
   * @param size bytes of its layers
   * @param created when it was made
   * @param labels its labels
   */
  public record Image(
      String id,
      List<String> tags,
      List<String> digests,
      long size,
      Instant created,
      Map<String, String> labels) {
    /** Copies the collections. */
    public Image {
      tags = List.copyOf(tags);
      digests = List.copyOf(digests);
      labels = Map.copyOf(labels);
    }
  }

  /**
   * A step of work that takes a while.
   *
   * @param id what it is about, such as a layer; may be empty
   * @param status what is done, such as {@code Downloading}
   * @param done of {@code total}, in bytes
   * @param total 0 when not known
   * @param text output of a build; empty otherwise
   */
  public record Step(String id, String status, long done, long total, String text) {
    static Step of(JsonNode node) {
      JsonNode progress = node.path("progressDetail");
      return new Step(
          node.path("id").asString(""),
          node.path("status").asString(""),
          progress.path("current").asLong(0),
          progress.path("total").asLong(0),
          node.path("stream").asString(""));
    }
  }

  /** All images that pass the filters. */
  public List<Image> list(Map<String, List<String>> filters) {
    List<Image> images = new ArrayList<>();
    api.get("/images/json", Query.NONE.filters(filters))
        .forEach(
            node ->
                images.add(
                    new Image(
                        node.path("Id").asString(""),
                        list(node.path("RepoTags")),
                        list(node.path("RepoDigests")),
                        node.path("Size").asLong(0),
                        Instant.ofEpochSecond(node.path("Created").asLong(0)),
                        strings(node.path("Labels")))));
    return images;
  }

  static List<String> list(JsonNode node) {
    List<String> values = new ArrayList<>();
    node.forEach(value -> values.add(value.asString("")));
    return values;
  }

  static Map<String, String> strings(JsonNode node) {
    Map<String, String> values = new HashMap<>();
    node.properties().forEach(e -> values.put(e.getKey(), e.getValue().asString("")));
    return values;
  }

  /** One image, as the API's {@code ImageInspect}; status 404 when there is none. */
  public ObjectNode inspect(String name) {
    return api.get("/images/" + Api.part(name) + "/json", Query.NONE).asObject();
  }

  /** How it came about, the last step first, as the API's {@code HistoryResponseItem}s. */
  public List<ObjectNode> history(String name) {
    List<ObjectNode> steps = new ArrayList<>();
    api.get("/images/" + Api.part(name) + "/history", Query.NONE)
        .forEach(node -> steps.add(node.asObject()));
    return steps;
  }

  /** Fetches an image from its registry, without credentials. */
  public void pull(String reference, Consumer<Step> progress) {
    pull(reference, Credentials.NONE, "", progress);
  }

  /**
   * Fetches an image from its registry.
   *
   * @param platform such as {@code linux/arm64}; empty for the engine's own
   */
  public void pull(
      String reference, Credentials credentials, String platform, Consumer<Step> progress) {
    Query query = Query.NONE.with("fromImage", reference);
    // Without a tag the API would fetch all of them.
    if (!reference.contains("@") && reference.lastIndexOf(':') <= reference.lastIndexOf('/')) {
      query = query.with("tag", "latest");
    }
    Call call =
        Call.of("POST", api.target("/images/create", query.with("platform", platform)))
            .with("X-Registry-Auth", credentials.header());
    api.documents(call, node -> progress.accept(Step.of(node)));
  }

  /** Sends an image to the registry that its name says. */
  public void push(String reference, Credentials credentials, Consumer<Step> progress) {
    int colon = reference.lastIndexOf(':');
    boolean tagged = colon > reference.lastIndexOf('/');
    String name = tagged ? reference.substring(0, colon) : reference;
    String tag = tagged ? reference.substring(colon + 1) : "latest";
    Call call =
        Call.of(
                "POST",
                api.target("/images/" + Api.part(name) + "/push", Query.NONE.with("tag", tag)))
            .with("X-Registry-Auth", credentials.header());
    api.documents(call, node -> progress.accept(Step.of(node)));
  }

  /** Gives an image one more name. */
  public void tag(String existing, String repository, String tag) {
    api.post(
        "/images/" + Api.part(existing) + "/tag",
        Query.NONE.with("repo", repository).with("tag", tag),
        null);
  }

  /**
   * Takes a name away, and the image with its last one.
   *
   * @return what was untagged and deleted, as the API's {@code ImageDeleteResponseItem}s
   */
  public List<ObjectNode> remove(String name, boolean force) {
    List<ObjectNode> gone = new ArrayList<>();
    api.delete("/images/" + Api.part(name), Query.NONE.with("force", force))
        .forEach(node -> gone.add(node.asObject()));
    return gone;
  }

  /** Removes what nothing needs; the bytes freed. */
  public long prune(Map<String, List<String>> filters) {
    return api.post("/images/prune", Query.NONE.filters(filters), null)
        .path("SpaceReclaimed")
        .asLong(0);
  }

  /** Images as a {@code docker save} archive; the caller closes it. */
  public InputStream save(List<String> names) {
    Query query = Query.NONE;
    for (String name : names) {
      query = query.with("names", name);
    }
    return api.bytes("/images/get", query);
  }

  /** Takes all images of an archive. */
  public void load(InputStream archive, Consumer<Step> progress) {
    documents("/images/load", Query.NONE, archive, progress);
  }

  /** Makes an image of one layer from the tar of a root file system; its id. */
  public String importRoot(InputStream tar, String repository, String tag, List<String> changes) {
    Query query = Query.NONE.with("fromSrc", "-").with("repo", repository).with("tag", tag);
    for (String change : changes) {
      query = query.with("changes", change);
    }
    String[] id = {""};
    documents("/images/create", query, tar, step -> id[0] = step.status());
    return id[0];
  }

  /**
   * Builds an image.
   *
   * @param context the tar of the build context
   * @return the image's id
   */
  public String build(InputStream context, Build build, Consumer<Step> progress) {
    String[] id = {""};
    Map<String, String> headers = Map.of("X-Registry-Config", build.registryConfig());
    Call call = new Call("POST", api.target("/build", build.query()), headers, TAR, context, -1);
    api.documents(
        call,
        node -> {
          String made = node.path("aux").path("ID").asString("");
          if (made.isEmpty()) {
            progress.accept(Step.of(node));
          } else {
            id[0] = made;
          }
        });
    return id[0];
  }

  /**
   * Builds an image with Mokha, and hears what happens in its own words: documents of the steps,
   * which run side by side.
   *
   * @param context the tar of the build context
   * @param secrets what {@code RUN --mount=type=secret} may ask for, by id
   * @param listener hears each document (docs/docker.md, "Building images")
   */
  public void build(
      InputStream context,
      Build build,
      Map<String, byte[]> secrets,
      Consumer<ObjectNode> listener) {
    Map<String, String> headers = new HashMap<>();
    headers.put("X-Registry-Config", build.registryConfig());
    if (!secrets.isEmpty()) {
      headers.put(
          "X-Mokha-Build-Secrets",
          Base64.getUrlEncoder().encodeToString(Api.JSON.writeValueAsBytes(secrets)));
    }
    Query query = build.query().with("mokhaevents", true);
    Call call = new Call("POST", api.target("/build", query), headers, TAR, context, -1);
    api.documents(call, node -> listener.accept(node.asObject()));
  }

  /** Empties the build cache; the bytes freed. */
  public long pruneBuilds(boolean all) {
    return api.post("/build/prune", Query.NONE.with("all", all), null)
        .path("SpaceReclaimed")
        .asLong(0);
  }

  private void documents(String path, Query query, InputStream body, Consumer<Step> progress) {
    try (body) {
      Call call = new Call("POST", api.target(path, query), Map.of(), TAR, body, -1);
      api.documents(call, node -> progress.accept(Step.of(node)));
    } catch (IOException e) {
      throw EngineClient.broken(e);
    }
  }
}
