package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;

/** The rules for where a webhook is: {@code clientConfig}. */
final class WebhookClientRules {
  private static final String FORM = "; desired format: https://host[/path]";

  private WebhookClientRules() {}

  static void check(Value client) {
    Value url = client.at("url");
    Value service = client.at("service");
    if (url.exists() == service.exists()) {
      client.required("exactly one of url or service is required");
    } else if (url.exists()) {
      url(url);
    } else {
      service(service);
    }
  }

  private static void url(Value url) {
    URI uri;
    try {
      uri = new URI(url.text());
    } catch (URISyntaxException e) {
      url.required("url must be a valid URL: " + e.getMessage() + FORM);
      return;
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme();
    if (!scheme.equals("https")) {
      url.invalid(scheme, "'https' is the only allowed URL scheme" + FORM);
    }
    if (uri.getRawAuthority() == null || uri.getHost() == null) {
      url.invalid("", "host must be specified" + FORM);
    }
    if (uri.getUserInfo() != null) {
      url.invalid(uri.getUserInfo(), "user information is not permitted in the URL");
    }
    if (uri.getFragment() != null && !uri.getFragment().isEmpty()) {
      url.invalid(uri.getFragment(), "fragments are not permitted in the URL");
    }
    if (uri.getQuery() != null && !uri.getQuery().isEmpty()) {
      url.invalid(uri.getRawQuery(), "query parameters are not permitted in the URL");
    }
  }

  private static void service(Value service) {
    if (service.at("name").isEmpty()) {
      service.at("name").required("service name is required");
    }
    if (service.at("namespace").isEmpty()) {
      service.at("namespace").required("service namespace is required");
    }
    Value port = service.at("port");
    if (port.exists()) {
      Names.portNumber(port.number()).forEach(m -> port.invalid("port is not valid: " + m));
    }
    Value path = service.at("path");
    if (!path.exists() || path.text().isEmpty() || path.text().equals("/")) {
      return;
    }
    if (path.text().equals("//")) {
      path.invalid("segment[0] may not be empty");
      return;
    }
    if (!path.text().startsWith("/")) {
      path.invalid("must start with a '/'");
    }
    String inner = path.text().substring(1);
    String trimmed = inner.endsWith("/") ? inner.substring(0, inner.length() - 1) : inner;
    List<String> segments = List.of(trimmed.split("/", -1));
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).isEmpty()) {
        path.invalid("segment[%d] may not be empty".formatted(i));
      }
      for (String m :
          segments.get(i).isEmpty() ? List.<String>of() : Names.dns1123Subdomain(segments.get(i))) {
        path.invalid("segment[%d]: %s".formatted(i, m));
      }
    }
  }
}
