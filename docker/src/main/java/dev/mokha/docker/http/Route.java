package dev.mokha.docker.http;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of an area's table: method and path, the versions that have it, what it does in the
 * words of {@link Access}, and who answers.
 *
 * <p>In a path, <code>{name}</code> stands for one segment, <code>{name...}</code> for one or more
 * (names of images have slashes).
 */
public final class Route {
  private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)(\\.\\.\\.)?}");

  private final String method;
  private final String template;
  private final Pattern pattern;
  private final List<String> parameters;
  private final Handler handler;
  private final ApiVersion since;
  private final ApiVersion until;
  private final Describer describer;

  /** Says what a request is about to do. */
  @FunctionalInterface
  public interface Describer {
    /**
     * Describes; may read the request's JSON body, which the handler gets all the same.
     *
     * @throws DockerException 404 when the thing is not there
     */
    Action describe(Request request) throws java.io.IOException;
  }

  private Route(
      String method,
      String template,
      Pattern pattern,
      List<String> parameters,
      Handler handler,
      ApiVersion since,
      ApiVersion until,
      Describer describer) {
    this.method = method;
    this.template = template;
    this.pattern = pattern;
    this.parameters = parameters;
    this.handler = handler;
    this.since = since;
    this.until = until;
    this.describer = describer;
  }

  private static Route of(String method, String template, Handler handler) {
    List<String> parameters = new ArrayList<>();
    StringBuilder regex = new StringBuilder();
    Matcher matcher = PARAMETER.matcher(template);
    int end = 0;
    while (matcher.find()) {
      regex.append(Pattern.quote(template.substring(end, matcher.start())));
      regex.append(matcher.group(2) == null ? "([^/]+)" : "(.+)");
      parameters.add(matcher.group(1));
      end = matcher.end();
    }
    regex.append(Pattern.quote(template.substring(end)));
    return new Route(
        method,
        template,
        Pattern.compile(regex.toString()),
        List.copyOf(parameters),
        requireNonNull(handler),
        ApiVersion.OLDEST,
        ApiVersion.NEWEST,
        null);
  }

  /** A GET. */
  public static Route get(String path, Handler handler) {
    return of("GET", path, handler);
  }

  /** A HEAD. */
  public static Route head(String path, Handler handler) {
    return of("HEAD", path, handler);
  }

  /** A POST. */
  public static Route post(String path, Handler handler) {
    return of("POST", path, handler);
  }

  /** A PUT. */
  public static Route put(String path, Handler handler) {
    return of("PUT", path, handler);
  }

  /** A DELETE. */
  public static Route delete(String path, Handler handler) {
    return of("DELETE", path, handler);
  }

  /** The same from a version on. */
  public Route since(int major, int minor) {
    return new Route(
        method,
        template,
        pattern,
        parameters,
        handler,
        new ApiVersion(major, minor),
        until,
        describer);
  }

  /** The same up to a version, that one included. */
  public Route until(int major, int minor) {
    return new Route(
        method,
        template,
        pattern,
        parameters,
        handler,
        since,
        new ApiVersion(major, minor),
        describer);
  }

  /**
   * What it does, when that does not depend on the request; the path's first parameter names it.
   */
  public Route as(String verb, String resource) {
    return as(
        request ->
            Action.of(
                verb, resource, "", parameters.isEmpty() ? "" : request.path(parameters.get(0))));
  }

  /** What it does, as the request says. */
  public Route as(Describer newDescriber) {
    return new Route(
        method, template, pattern, parameters, handler, since, until, requireNonNull(newDescriber));
  }

  boolean fits(String asked, ApiVersion version) {
    return method.equals(asked) && version.compareTo(since) >= 0 && version.compareTo(until) <= 0;
  }

  /** The parameters of a path; null when it is not this route's. */
  Map<String, String> match(String path) {
    Matcher matcher = pattern.matcher(path);
    if (!matcher.matches()) {
      return null;
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      values.put(parameters.get(i), matcher.group(i + 1));
    }
    return values;
  }

  Handler handler() {
    return handler;
  }

  Describer describer() {
    return describer;
  }

  /** Method and path. */
  @Override
  public String toString() {
    return method + " " + template;
  }
}
