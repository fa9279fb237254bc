package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.RequestTarget;
import dev.mokha.server.services.AddressRange;
import dev.mokha.server.services.ServiceClaims;
import dev.mokha.server.services.ServiceFields;
import dev.mokha.server.storage.ObjectStorage;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** What every verb does to every resource; the part of the pipeline between decode and encode. */
public final class RestHandler {
  private final Map<String, VirtualResource> virtual;
  private final Reader reader;
  private final Creator creator;
  private final Updater updater;
  private final Patcher patcher;
  private final Deleter deleter;
  private final ObjectModel model;
  private final AdmissionChain admission;
  private final Subresource bindings;
  private final BoundPods boundPods;
  private final Map<String, Subresource> subresources;

  /** Handles calls on what that storage holds. */
  public RestHandler(
      ServerConfig config,
      Catalog catalog,
      ObjectStorage storage,
      List<AdmissionPlugin> plugins,
      Map<String, VirtualResource> virtual) {
    InstantSource clock = config.clock();
    this.virtual = Map.copyOf(requireNonNull(virtual, "virtual"));
    admission = new AdmissionChain(plugins);
    Strategies strategies =
        new Strategies(
            Map.of(
                "apiextensions.k8s.io/customresourcedefinitions",
                new DefinitionStrategy(clock),
                "/services",
                new ServiceStrategy(
                    new ServiceFields(
                        new ServiceClaims(
                            storage.cache(),
                            catalog.find("networking.k8s.io", "v1", "ipaddresses").storage(),
                            AddressRange.of(config.serviceCidr()),
                            config.nodePorts(),
                            clock)))));
    model = new ObjectModel(clock);
    boundPods = new BoundPods(storage);
    reader = new Reader(storage.cache());
    creator = new Creator(storage, model, admission, strategies, clock);
    updater = new Updater(storage, model, admission, strategies, creator, clock);
    patcher = new Patcher(storage.cache(), model, creator, updater);
    deleter = new Deleter(storage, admission, strategies, clock);
    ServedResource pods = catalog.find("", "v1", "pods");
    bindings = new BindingSubresource(storage, pods.storage(), admission, clock);
    ConnectSubresources connect = new ConnectSubresources(storage.cache(), catalog);
    EvictionSubresource eviction =
        new EvictionSubresource(
            storage,
            pods,
            catalog.find("policy", "v1", "poddisruptionbudgets").storage(),
            admission,
            deleter,
            clock);
    subresources =
        Map.of(
            "/scale", new ScaleSubresource(reader, updater, model),
            "/pods/binding", bindings,
            "/pods/eviction", eviction,
            "/pods/log", connect::log,
            "/pods/exec", new AdmittedConnection(admission, connect::exec),
            "/pods/attach", new AdmittedConnection(admission, connect::attach),
            "/pods/portforward", new AdmittedConnection(admission, connect::portForward),
            "/pods/proxy", new AdmittedConnection(admission, connect::podProxy),
            "/services/proxy", new AdmittedConnection(admission, connect::serviceProxy),
            "/nodes/proxy", new AdmittedConnection(admission, connect::nodeProxy));
  }

  /** How long admission takes. */
  public MetricSource metrics() {
    return admission.metrics();
  }

  /** True when the path names a connection, whose bytes are passed through. */
  public static boolean isConnection(RequestTarget target) {
    return target.group().isEmpty() && ConnectSubresources.NAMES.contains(target.subresource());
  }

  /** False when {@link #handle} will answer from memory in next to no time. */
  public boolean mayBlock(ApiCall call) {
    return !call.subresource().isEmpty() || BoundPods.isMeant(call) || reader.mayBlock(call);
  }

  /**
   * Does what the call asks for.
   *
   * @throws StatusException when it can't or must not be done
   */
  public Answer handle(ApiCall call) {
    reader.refresh(call);
    ServedResource r = call.resource();
    if (r.isCustom()) {
      custom(call, r.custom());
    }
    VirtualResource handler = virtual.get(virtualName(call));
    if (handler != null) {
      return answer(call, handler);
    }
    if (BoundPods.isMeant(call)) {
      return boundPods.handle(call);
    }
    if (r.storage() == null) {
      if (virtualName(call).equals("/bindings")) {
        return bindings.handle(call);
      }
      throw methodNotAllowed(call);
    }
    if (!call.subresource().isEmpty()) {
      return subresource(call);
    }
    // What a terminating definition still lists is less than what its last objects need.
    if (!r.isCustom() && !r.type().verbs().contains(call.verb())) {
      throw methodNotAllowed(call);
    }
    return switch (call.verb()) {
      case "get" -> reader.get(call);
      case "list" -> reader.list(call);
      case "watch" -> reader.watch(call);
      case "create" -> creator.create(call);
      case "update" -> updater.update(call);
      case "patch" -> patcher.patch(call);
      case "delete" -> deleter.delete(call);
      case "deletecollection" -> deleter.deleteCollection(call);
      default -> throw methodNotAllowed(call);
    };
  }

  private static void custom(ApiCall call, CustomVersion custom) {
    if (!custom.deprecationWarning().isEmpty()) {
      call.warnings().add(custom.deprecationWarning());
    }
    if (custom.terminating() && call.verb().equals("create")) {
      throw methodNotAllowed(
          call, "create not allowed while custom resource definition is terminating");
    }
  }

  private Answer subresource(ApiCall call) {
    Subresource own = subresources.get(virtualName(call));
    if (own == null) {
      own = subresources.get("/" + call.subresource());
    }
    if (own != null) {
      return own.handle(call);
    }
    boolean plain = call.subresource().equals("status") || Parts.isPart(call.subresource());
    if (!plain) {
      throw methodNotAllowed(call);
    }
    return switch (call.verb()) {
      case "get" -> reader.get(call);
      case "update" -> updater.update(call);
      case "patch" -> patcher.patch(call);
      default -> throw methodNotAllowed(call);
    };
  }

  private Answer answer(ApiCall call, VirtualResource handler) {
    if (!call.verb().equals("create")) {
      throw methodNotAllowed(call);
    }
    ObjectNode body = call.object();
    GroupVersionKind kind =
        call.resource()
            .type()
            .subresource(call.subresource())
            .map(ResourceType.Subresource::kind)
            .orElse(call.resource().type().gvk());
    model.setDefaults(call.resource(), kind, body);
    admission.admit(call, Operation.CREATE, kind, call.name(), body);
    return new Answer.Tree(
        201,
        handler.create(
            new VirtualResource.Call(call.user(), call.namespace(), call.name(), call.dryRun()),
            body));
  }

  private static String virtualName(ApiCall call) {
    String resource = call.resource().group() + "/" + call.resource().resource();
    return call.subresource().isEmpty() ? resource : resource + "/" + call.subresource();
  }

  static StatusException methodNotAllowed(ApiCall call) {
    return methodNotAllowed(
        call, "the server does not allow this method on the requested resource");
  }

  private static StatusException methodNotAllowed(ApiCall call, String message) {
    return new StatusException(
        StatusReason.METHOD_NOT_ALLOWED,
        message,
        new StatusException.Details(
            call.resource().group(), call.resource().resource(), call.name(), "", List.of(), 0));
  }
}
