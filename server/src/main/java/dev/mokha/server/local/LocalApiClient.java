package dev.mokha.server.local;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.ApiCall.Body;
import dev.mokha.server.pipeline.ApiCall.NoBody;
import dev.mokha.server.pipeline.ApiCall.ObjectBody;
import dev.mokha.server.pipeline.ApiCall.PatchBody;
import dev.mokha.server.pipeline.Pipeline;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.rest.Catalog;
import dev.mokha.server.rest.ServedResource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/** An {@link ApiClient} whose server is in the same process. */
public final class LocalApiClient implements ApiClient {
  private final Catalog catalog;
  private final Pipeline pipeline;
  private final UserInfo identity;
  private final String fieldManager;
  private final Set<LocalWatch> watches = ConcurrentHashMap.newKeySet();
  private final LocalWatches ofServer;

  /**
   * Acts as that user; its writes own their fields under that manager's name.
   *
   * @param ofServer the watches that end when the server does
   */
  public LocalApiClient(
      Catalog catalog,
      Pipeline pipeline,
      UserInfo identity,
      String fieldManager,
      LocalWatches ofServer) {
    this.ofServer = requireNonNull(ofServer, "ofServer");
    this.catalog = requireNonNull(catalog, "catalog");
    this.pipeline = requireNonNull(pipeline, "pipeline");
    this.identity = requireNonNull(identity, "identity");
    this.fieldManager = requireNonNull(fieldManager, "fieldManager");
  }

  @Override
  public KubeObject get(
      GroupVersionResource resource, String namespace, String name, String subresource) {
    return one(call("get", resource, namespace, name, subresource, Query.NONE, NoBody.INSTANCE));
  }

  @Override
  public ObjectList list(GroupVersionResource resource, String namespace, ListOptions options) {
    ApiCall call = call("list", resource, namespace, "", "", query(options), NoBody.INSTANCE);
    Answer.Many many = (Answer.Many) pipeline.handleLocal(call);
    return new ObjectList(
        Long.toString(many.page().revision()),
        many.continueToken(),
        many.page().items().stream().map(call.resource()::view).toList());
  }

  @Override
  public KubeObject create(
      GroupVersionResource resource,
      String namespace,
      String name,
      String subresource,
      KubeObject object) {
    return one(call("create", resource, namespace, name, subresource, Query.NONE, body(object)));
  }

  @Override
  public KubeObject update(
      GroupVersionResource resource, String namespace, String subresource, KubeObject object) {
    return one(
        call("update", resource, namespace, object.name(), subresource, Query.NONE, body(object)));
  }

  @Override
  public KubeObject patch(
      GroupVersionResource resource,
      String namespace,
      String name,
      String subresource,
      PatchType type,
      byte[] patch,
      boolean force) {
    Query query = force ? Query.of(Map.of("force", "true")) : Query.NONE;
    return one(
        call(
            "patch",
            resource,
            namespace,
            name,
            subresource,
            query,
            new PatchBody(type.mediaType(), patch)));
  }

  @Override
  public KubeObject delete(
      GroupVersionResource resource, String namespace, String name, DeleteOptions options) {
    return one(
        call(
            "delete", resource, namespace, name, "", Query.NONE, new ObjectBody(options.toTree())));
  }

  @Override
  public void deleteCollection(
      GroupVersionResource resource, String namespace, ListOptions select, DeleteOptions options) {
    pipeline.handleLocal(
        call(
            "deletecollection",
            resource,
            namespace,
            "",
            "",
            query(select),
            new ObjectBody(options.toTree())));
  }

  @Override
  public Watch watch(
      GroupVersionResource resource, String namespace, ListOptions options, WatchHandler handler) {
    ApiCall call = call("watch", resource, namespace, "", "", query(options), NoBody.INSTANCE);
    Answer.Events events = (Answer.Events) pipeline.handleLocal(call);
    LocalWatch watch = new LocalWatch(events, handler, this::forget);
    watches.add(watch);
    ofServer.add(watch);
    watch.start();
    return watch;
  }

  private void forget(LocalWatch watch) {
    watches.remove(watch);
    ofServer.remove(watch);
  }

  @Override
  public void close() {
    watches.forEach(LocalWatch::close);
  }

  /** The sender's object stays his own: what the server changes, it changes on a copy. */
  private static Body body(KubeObject object) {
    return new ObjectBody(object.toTree());
  }

  private KubeObject one(ApiCall call) {
    return switch (pipeline.handleLocal(call)) {
      case Answer.One one -> one.as().view(one.object());
      case Answer.Tree tree -> KubeObject.of(tree.tree());
      case Answer other -> throw StatusException.internal("not one object: " + other);
    };
  }

  private ApiCall call(
      String verb,
      GroupVersionResource resource,
      String namespace,
      String name,
      String subresource,
      Query query,
      Body body) {
    ServedResource served = catalog.find(resource.group(), resource.version(), resource.resource());
    if (served == null) {
      throw new StatusException(
          StatusReason.NOT_FOUND,
          "the server could not find the requested resource " + resource,
          StatusException.Details.NONE);
    }
    if (body instanceof ObjectBody object && subresource.isEmpty() && !verb.startsWith("delete")) {
      complete(served, object.tree());
    }
    return new ApiCall(
        identity,
        verb,
        served,
        subresource,
        namespace,
        name,
        "",
        query,
        fieldManager,
        body,
        ApiCall.noWarnings(),
        pipeline.beginLocal(identity, fieldManager, verb, served, subresource, namespace, name));
  }

  private static void complete(ServedResource served, ObjectNode tree) {
    tree.put("kind", served.type().kind());
    tree.put("apiVersion", served.type().gvr().groupVersion());
    if (!tree.has("metadata")) {
      tree.set("metadata", Json.MAPPER.createObjectNode());
    }
  }

  private static Query query(ListOptions options) {
    Map<String, String> parameters = new HashMap<>();
    parameters.put("labelSelector", options.labelSelector());
    parameters.put("fieldSelector", options.fieldSelector());
    parameters.put("resourceVersion", options.resourceVersion());
    parameters.put("limit", options.limit() == 0 ? "" : Integer.toString(options.limit()));
    parameters.put("continue", options.continueToken());
    parameters.put("allowWatchBookmarks", options.allowBookmarks() ? "true" : "");
    parameters.put(
        "timeoutSeconds",
        options.timeoutSeconds() == 0 ? "" : Integer.toString(options.timeoutSeconds()));
    return Query.of(parameters);
  }
}
