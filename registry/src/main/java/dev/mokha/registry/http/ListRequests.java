package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.access.Action;
import dev.mokha.registry.access.Caller;
import dev.mokha.registry.storage.ManifestDocument;
import dev.mokha.registry.storage.RegistryStorage;
import dev.mokha.registry.storage.Repository;
import dev.mokha.registry.storage.RepositoryName;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Lists of tags, repositories and referrers, page by page. */
final class ListRequests {
  private static final int CATALOG_PAGE = 1000;
  private static final int REFERRERS_PAGE = 500;

  private final RegistryStorage storage;

  ListRequests(RegistryStorage storage) {
    this.storage = requireNonNull(storage);
  }

  void tags(Exchange exchange, Route.Tags route) throws IOException {
    requireGet(exchange);
    Repository repository = storage.repository(route.name());
    repository.requireExisting();
    List<String> page = page(exchange, repository.tags(), "/v2/" + route.name() + "/tags/list", "");
    ObjectNode answer = Json.MAPPER.createObjectNode().put("name", route.name().value());
    ArrayNode tags = answer.putArray("tags");
    page.forEach(tags::add);
    exchange.reply(200, answer);
  }

  /**
   * The page of sorted names that a request asks for; if there are more, its answer says where.
   *
   * @param path of the list
   * @param more what the next page's query needs beyond what was asked, from its ampersand on
   */
  static List<String> page(Exchange exchange, List<String> names, String path, String more) {
    int most = number(exchange, Integer.MAX_VALUE);
    String last = exchange.parameter("last");
    List<String> after = names.stream().filter(name -> name.compareTo(last) > 0).toList();
    List<String> page = after.subList(0, Math.min(most, after.size()));
    if (!page.isEmpty() && page.size() < after.size()) {
      link(exchange, path, most, page.getLast(), more);
    }
    return page;
  }

  void catalog(Exchange exchange, Caller caller) {
    requireGet(exchange);
    int most = Math.min(number(exchange, CATALOG_PAGE), CATALOG_PAGE);
    ObjectNode answer = Json.MAPPER.createObjectNode();
    ArrayNode names = answer.putArray("repositories");
    String last = "";
    if (most > 0) {
      for (String name : storage.repositories(exchange.parameter("last"))) {
        if (!caller.may(Action.PULL, new RepositoryName(name))) {
          continue;
        }
        if (names.size() == most) {
          link(exchange, "/v2/_catalog", most, last, "");
          break;
        }
        names.add(name);
        last = name;
      }
    }
    exchange.reply(200, answer);
  }

  void referrers(Exchange exchange, Route.Referrers route) throws IOException {
    requireGet(exchange);
    String wanted = exchange.parameter("artifactType");
    String last = exchange.parameter("last");
    int most = Math.min(number(exchange, REFERRERS_PAGE), REFERRERS_PAGE);
    ObjectNode index = Json.MAPPER.createObjectNode();
    index.put("schemaVersion", 2).put("mediaType", ManifestDocument.OCI_INDEX);
    ArrayNode manifests = index.putArray("manifests");
    String previous = "";
    for (ObjectNode referrer : storage.repository(route.name()).referrers(route.subject())) {
      String digest = referrer.path("digest").asString("");
      boolean fits = wanted.isEmpty() || referrer.path("artifactType").asString("").equals(wanted);
      if (!fits || digest.compareTo(last) <= 0) {
        continue;
      }
      if (manifests.size() == most) {
        if (most > 0) {
          String filter = wanted.isEmpty() ? "" : "&artifactType=" + encode(wanted);
          link(
              exchange,
              "/v2/" + route.name() + "/referrers/" + route.subject(),
              most,
              previous,
              filter);
        }
        break;
      }
      manifests.add(referrer);
      previous = digest;
    }
    if (!wanted.isEmpty()) {
      exchange.header("OCI-Filters-Applied", "artifactType");
    }
    exchange.header("Content-Type", ManifestDocument.OCI_INDEX).reply(200, index);
  }

  private static void requireGet(Exchange exchange) {
    String method = exchange.method().name();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      throw RegistryServer.notAllowed(exchange, "GET, HEAD");
    }
  }

  private static int number(Exchange exchange, int otherwise) {
    if (!exchange.hasParameter("n")) {
      return otherwise;
    }
    String text = exchange.parameter("n");
    if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new RegistryException(
          ErrorCode.PAGINATION_NUMBER_INVALID,
          "n must be a whole number of results, not \"" + text + "\"");
    }
    return Integer.parseInt(text);
  }

  private static void link(Exchange exchange, String path, int n, String last, String more) {
    exchange.header(
        "Link", "<" + path + "?n=" + n + "&last=" + encode(last) + more + ">; rel=\"next\"");
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
