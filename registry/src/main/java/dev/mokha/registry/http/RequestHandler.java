package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.access.AccessControl;
import dev.mokha.registry.access.Action;
import dev.mokha.registry.access.Caller;
import dev.mokha.registry.access.Scope;
import dev.mokha.registry.mirror.Mirror;
import dev.mokha.registry.storage.RegistryStorage;
import dev.mokha.registry.storage.RepositoryName;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does one request on a virtual thread: route, who, may he, do it. */
final class RequestHandler {
  private static final Logger log = LoggerFactory.getLogger(RequestHandler.class);

  private final AccessControl access;
  private final BlobRequests blobs;
  private final UploadRequests uploads;
  private final ManifestRequests manifests;
  private final ListRequests lists;
  private final TokenRequests tokens;
  private final Optional<MirrorRequests> mirror;

  RequestHandler(
      RegistryStorage storage,
      AccessControl access,
      TagRules rules,
      Optional<MirrorRequests> mirror) {
    this.access = requireNonNull(access);
    this.mirror = requireNonNull(mirror);
    this.blobs = new BlobRequests(storage);
    this.uploads = new UploadRequests(storage);
    this.manifests = new ManifestRequests(storage, rules);
    this.lists = new ListRequests(storage);
    this.tokens = new TokenRequests(access);
  }

  void handle(Exchange exchange) {
    try {
      answer(exchange);
    } catch (RegistryException e) {
      if (e.status() >= 500) {
        log.warn("{}: {}", exchange, e.getMessage());
      }
      fail(exchange, e);
    } catch (IOException e) {
      if (e.getMessage() != null && e.getMessage().startsWith("the connection was cut")) {
        log.debug("{}: {}", exchange, e.getMessage());
        exchange.abort();
      } else {
        log.warn("{} failed", exchange, e);
        fail(exchange, RegistryException.of(e));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      exchange.abort();
    } catch (RuntimeException e) {
      log.error("{} failed", exchange, e);
      fail(
          exchange,
          new RegistryException(ErrorCode.UNKNOWN, "the registry has a fault; its log says more"));
    }
  }

  private static void fail(Exchange exchange, RegistryException e) {
    if (exchange.isAnswered()) {
      exchange.abort();
    } else {
      exchange.fail(e);
    }
  }

  private void answer(Exchange exchange) throws IOException, InterruptedException {
    Optional<Route> route = Route.parse(decoded(exchange.path()));
    if (route.isEmpty() || route.get() instanceof Route.Token && !access.isRequired()) {
      throw new RegistryException(
          ErrorCode.UNSUPPORTED,
          404,
          "there is nothing at this path; the distribution API is below /v2/",
          List.of(),
          null);
    }
    exchange.countAs(route.get());
    if (route.get() instanceof Route.Token) {
      tokens.handle(exchange);
      return;
    }
    Caller caller;
    try {
      caller = access.caller(exchange.presented());
    } catch (RegistryException e) {
      if (e.code() == ErrorCode.UNAUTHORIZED) {
        challenge(exchange, scopes(route.get(), exchange), "invalid_token");
      }
      throw e;
    }
    switch (route.get()) {
      case Route.Base base -> base(exchange, caller);
      case Route.Catalog catalog -> {
        if (!caller.mayList()) {
          throw refused(exchange, caller, List.of(Scope.catalog()), "the list of repositories");
        }
        lists.catalog(exchange, caller);
      }
      case Route.Token token -> throw new IllegalStateException("answered above");
      case Route.InRepository in -> inRepository(exchange, in, caller);
    }
  }

  private void base(Exchange exchange, Caller caller) {
    String method = exchange.method().name();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      throw RegistryServer.notAllowed(exchange, "GET, HEAD");
    }
    // Clients learn here that, and where, they must log in; even where strangers may pull, and
    // those with a certificate, for this is also how a password is tried.
    if (access.isRequired() && exchange.asked("Authorization").isEmpty()) {
      throw refused(exchange, caller, List.of(), "this registry");
    }
    exchange.reply(200, Json.MAPPER.createObjectNode());
  }

  private void inRepository(Exchange exchange, Route.InRepository route, Caller caller)
      throws IOException, InterruptedException {
    Optional<Mirror.Name> mirrored = mirror.flatMap(m -> m.mirrored(exchange, route.name()));
    RepositoryName name = mirrored.map(Mirror.Name::kept).orElse(route.name());
    Action action = action(route, exchange);
    if (!caller.may(action, name)) {
      throw refused(exchange, caller, scopes(route, exchange), name.value());
    }
    if (mirrored.isPresent()) {
      mirror.get().handle(exchange, route, mirrored.get());
      return;
    }
    switch (route) {
      case Route.Blob blob -> blobs.handle(exchange, blob);
      case Route.NewUpload upload -> uploads.handle(exchange, upload, caller);
      case Route.OldUpload upload -> uploads.handle(exchange, upload);
      case Route.Manifest manifest ->
          manifests.handle(exchange, manifest, caller.identity().user());
      case Route.Tags tags -> lists.tags(exchange, tags);
      case Route.Referrers referrers -> lists.referrers(exchange, referrers);
    }
  }

  private static Action action(Route route, Exchange exchange) {
    if (route instanceof Route.NewUpload || route instanceof Route.OldUpload) {
      return Action.PUSH;
    }
    return switch (exchange.method().name()) {
      case "GET", "HEAD" -> Action.PULL;
      case "DELETE" -> Action.DELETE;
      default -> Action.PUSH;
    };
  }

  /** What a token must grant for a request. */
  private List<Scope> scopes(Route route, Exchange exchange) {
    return switch (route) {
      case Route.Base base -> List.of();
      case Route.Token token -> List.of();
      case Route.Catalog catalog -> List.of(Scope.catalog());
      case Route.InRepository in -> {
        List<Scope> scopes = new ArrayList<>();
        String name =
            mirror
                .flatMap(m -> m.mirrored(exchange, in.name()))
                .map(m -> m.kept().value())
                .orElse(in.name().value());
        Action action = action(in, exchange);
        scopes.add(
            action == Action.PUSH
                ? Scope.repository(name, Action.PULL, Action.PUSH)
                : Scope.repository(name, action));
        String from = exchange.parameter("from");
        if (in instanceof Route.NewUpload && !from.isEmpty()) {
          scopes.add(Scope.repository(from, Action.PULL));
        }
        yield scopes;
      }
    };
  }

  private static RegistryException refused(
      Exchange exchange, Caller caller, List<Scope> scopes, String what) {
    if (!caller.couldAskForMore()) {
      return new RegistryException(
          ErrorCode.DENIED, caller.identity().user() + " may not do this with " + what);
    }
    challenge(exchange, scopes, caller.identity().isAnonymous() ? "" : "insufficient_scope");
    return new RegistryException(ErrorCode.UNAUTHORIZED, "log in as somebody who may use " + what);
  }

  private static void challenge(Exchange exchange, List<Scope> scopes, String error) {
    StringBuilder challenge = new StringBuilder("Bearer realm=\"");
    challenge.append(exchange.origin()).append("/token\",service=\"");
    challenge.append(AccessControl.SERVICE).append('"');
    if (!scopes.isEmpty()) {
      String all = String.join(" ", scopes.stream().map(Scope::toString).toList());
      challenge.append(",scope=\"").append(all.replace("\"", "")).append('"');
    }
    if (!error.isEmpty()) {
      challenge.append(",error=\"").append(error).append('"');
    }
    exchange.header("WWW-Authenticate", challenge.toString());
  }

  private static String decoded(String path) {
    if (path.indexOf('%') < 0) {
      return path;
    }
    try {
      // A plus is itself in a path.
      return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID, "the path can't be decoded: " + e.getMessage());
    }
  }
}
