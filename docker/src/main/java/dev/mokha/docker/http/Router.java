package dev.mokha.docker.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.network.bridges.NetworkException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request's way: version, route, access, handler; and what becomes of its failures. The only
 * place where access is asked for.
 */
public final class Router {
  private static final Logger log = LoggerFactory.getLogger(Router.class);
  private static final Pattern VERSIONED = Pattern.compile("/v([0-9][0-9.]*)(/.*)");

  private final List<Route> routes;
  private final Access access;

  /** A router over the tables of all areas, in order. */
  public Router(List<Route> routes, Access access) {
    this.routes = List.copyOf(routes);
    this.access = requireNonNull(access);
    for (Route route : routes) {
      if (route.describer() == null) {
        throw new IllegalArgumentException(route + " does not say what it does");
      }
    }
  }

  /** Whether anybody on the machine may connect. */
  boolean open() {
    return access.open();
  }

  /**
   * Serves a request.
   *
   * @return whether the connection is fit for another
   */
  boolean serve(Request request, Response response) {
    try {
      answer(request, response);
      response.finish();
      return true;
    } catch (DockerException e) {
      return fail(request, response, e.status(), e.getMessage(), e);
    } catch (EngineException e) {
      return broken(request, response, status(e.code()), e);
    } catch (NetworkException e) {
      return broken(request, response, status(e.reason()), e);
    } catch (IOException e) {
      log.debug("{} {} was broken off: {}", request.method(), request.path(), e.getMessage());
      int status = e instanceof RequestBody.BrokenBody ? 400 : 500;
      return broken(request, response, status, e);
    } catch (InterruptedException e) {
      return false;
    } catch (RuntimeException e) {
      if (request.subjectGone().isEmpty()) {
        log.error("{} {} failed", request.method(), request.path(), e);
      }
      return broken(request, response, 500, e);
    }
  }

  private void answer(Request request, Response response) throws IOException, InterruptedException {
    Matcher versioned = VERSIONED.matcher(request.path());
    boolean named = versioned.matches();
    String path = named ? versioned.group(2) : request.path();
    ApiVersion version = named ? ApiVersion.parse(versioned.group(1)) : ApiVersion.NEWEST;
    for (Route route : routes) {
      Map<String, String> parameters =
          route.fits(request.method(), version) ? route.match(path) : null;
      if (parameters != null) {
        request.route(version, parameters, access);
        request.require(route.describer().describe(request));
        route.handler().handle(request, response);
        return;
      }
    }
    throw DockerException.notFound("page not found");
  }

  /** Fails, unless that is because somebody removed meanwhile what the request is about. */
  private static boolean broken(Request request, Response response, int status, Exception failure) {
    Optional<DockerException> gone = status == 500 ? request.subjectGone() : Optional.empty();
    if (gone.isPresent()) {
      log.debug("{} {} came too late", request.method(), request.path(), failure);
      return fail(request, response, gone.get().status(), gone.get().getMessage(), failure);
    }
    return fail(request, response, status, String.valueOf(failure.getMessage()), failure);
  }

  private static boolean fail(
      Request request, Response response, int status, String message, Exception cause) {
    if (!response.open()) {
      log.debug("{} {} broke off", request.method(), request.path(), cause);
      return false;
    }
    try {
      response.fail(status, message);
      return true;
    } catch (IOException gone) {
      return false;
    }
  }

  /** Docker's status for what the engine could not do. */
  static int status(EngineException.Code code) {
    return switch (code) {
      case NOT_FOUND -> 404;
      case CONFLICT -> 409;
      case INVALID -> 400;
      case UNAUTHORIZED -> 401;
      case UNAVAILABLE, CORRUPT, NO_SPACE, RUNTIME, INTERNAL -> 500;
    };
  }

  /** Docker's status for what the networks could not do. */
  static int status(NetworkException.Reason reason) {
    return switch (reason) {
      case INVALID -> 400;
      case FORBIDDEN -> 403;
      case NOT_FOUND -> 404;
      case CONFLICT -> 409;
      case UNAVAILABLE -> 500;
    };
  }
}
