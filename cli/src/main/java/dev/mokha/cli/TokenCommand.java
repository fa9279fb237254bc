package dev.mokha.cli;

import dev.mokha.api.object.KubeObject;
import dev.mokha.cli.join.AuthorityPin;
import dev.mokha.cli.join.JoinToken;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ListOptions;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.https.Kubeconfig;
import dev.mokha.server.pki.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** The tokens by which other machines join this cluster. */
@Command(
    name = "token",
    description = "Make, list and delete the tokens by which other machines join.",
    mixinStandardHelpOptions = true)
final class TokenCommand implements Runnable {
  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  private static ApiClient client(Instance instance) {
    InstanceOption.requireRoot("token");
    if (!Files.exists(instance.adminKubeconfig())) {
      throw new UserError("there is no cluster here; start it with: mokha up");
    }
    return new HttpsApiClient(Kubeconfig.read(instance.adminKubeconfig(), ""), "mokha");
  }

  @Command(name = "create", description = "Make a token, and print the command that uses it.")
  void create(
      @Mixin InstanceOption option,
      @Option(
              names = "--ttl",
              paramLabel = "DURATION",
              defaultValue = "24h",
              description = "How long it is valid, such as 30m or 24h (default: 24h).")
          String ttl) {
    Duration validity = duration(ttl);
    Instance instance = option.instance();
    Settings settings = Settings.read(instance).orElse(Settings.DEFAULT);
    JoinToken token = JoinToken.random();
    try (ApiClient client = client(instance)) {
      client.create(
          JoinToken.SECRETS, JoinToken.NAMESPACE, "", "", token.toSecret(validity, Instant.now()));
    }
    System.out.printf(
        "mokha join %s:%d --token %s --discovery-token-ca-cert-hash %s%n",
        Addresses.advertised(settings), settings.listenPort(), token.text(), pin(instance).text());
    if (isLoopback(settings)) {
      System.err.println(
          "The API server listens for this machine alone; for others start it with: mokha up"
              + " --listen=0.0.0.0:"
              + settings.listenPort());
    }
  }

  private static boolean isLoopback(Settings settings) {
    try {
      return InetAddress.getByName(settings.listenHost()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static AuthorityPin pin(Instance instance) {
    try {
      return AuthorityPin.of(
          Pem.readCertificates(Files.readString(instance.dataDir().resolve("pki/ca.crt")))
              .getFirst());
    } catch (IOException | GeneralSecurityException e) {
      throw new UserError("the cluster's CA can't be read: " + e.getMessage());
    }
  }

  private static Duration duration(String text) {
    try {
      Duration duration = Duration.parse("PT" + text);
      if (duration.isPositive()) {
        return duration;
      }
    } catch (DateTimeParseException e) {
      // Said below.
    }
    throw new UserError("--ttl must be a duration such as 30m or 24h, not " + text);
  }

  @Command(name = "list", aliases = "ls", description = "List the tokens, without their secrets.")
  void list(@Mixin InstanceOption option) {
    System.out.printf("%-8s %-22s %s%n", "ID", "EXPIRES", "DESCRIPTION");
    try (ApiClient client = client(option.instance())) {
      for (KubeObject secret :
          client
              .list(
                  JoinToken.SECRETS,
                  JoinToken.NAMESPACE,
                  ListOptions.fields("type=bootstrap.kubernetes.io/token"))
              .items()) {
        JsonNode data = secret.toTree().path("data");
        System.out.printf(
            "%-8s %-22s %s%n",
            text(data, "token-id"), text(data, "expiration"), text(data, "description"));
      }
    }
  }

  private static String text(JsonNode data, String field) {
    return new String(
        Base64.getDecoder().decode(data.path(field).asString("")), StandardCharsets.UTF_8);
  }

  @Command(
      name = "delete",
      description = "Delete a token; machines that have joined with it are not touched.")
  void delete(@Mixin InstanceOption option, @Parameters(paramLabel = "ID") String id) {
    try (ApiClient client = client(option.instance())) {
      client.delete(
          JoinToken.SECRETS,
          JoinToken.NAMESPACE,
          JoinToken.PREFIX + id.substring(0, Math.min(6, id.length())),
          DeleteOptions.DEFAULT);
    } catch (dev.mokha.api.error.StatusException e) {
      throw new UserError(e.isNotFound() ? "there is no token " + id : e.getMessage());
    }
  }
}
