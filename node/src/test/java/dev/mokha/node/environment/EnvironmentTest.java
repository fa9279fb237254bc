package dev.mokha.node.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.images.Image;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  private static final PodFields.Surroundings AROUND =
      new PodFields.Surroundings(
          List.of("10.42.0.5"), "192.0.2.1", Map.of("cpu", new Quantity("2")));

  private static final Pod POD =
      new PodBuilder()
          .withNewMetadata()
          .withNamespace("shop")
          .withName("web-1")
          .withLabels(Map.of("app", "web", "tier", "front"))
          .endMetadata()
          .withNewSpec()
          .endSpec()
          .build();

  private final ContainerEnvironment environment =
      new ContainerEnvironment(
          new ContainerEnvironment.Objects() {
            @Override
            public Optional<ConfigMap> configMap(String namespace, String name) {
              return name.equals("settings")
                  ? Optional.of(new ConfigMapBuilder().withData(Map.of("COLOR", "blue")).build())
                  : Optional.empty();
            }

            @Override
            public Optional<Secret> secret(String namespace, String name) {
              return name.equals("password")
                  ? Optional.of(new SecretBuilder().withData(Map.of("word", "c2VzYW1l")).build())
                  : Optional.empty();
            }
          });

  private Map<String, String> variables(Container container) {
    return environment.variables(POD, container, Map.of("DB_SERVICE_HOST", "10.43.0.7"), AROUND);
  }

  @Test
  void expandsReferences() {
    Map<String, String> known = Map.of("A", "x");
    assertThat(Expansion.expand("$(A)-$(B)-$$(A)-$A-$", known)).isEqualTo("x-$(B)-$(A)-$A-$");
  }

  @Test
  void takesVariablesFromEverywhere() {
    Container container =
        new ContainerBuilder()
            .withName("c")
            .addNewEnvFrom()
            .withPrefix("P_")
            .withNewConfigMapRef("settings", false)
            .endEnvFrom()
            .addNewEnv()
            .withName("WORD")
            .withNewValueFrom()
            .withNewSecretKeyRef("word", "password", false)
            .endValueFrom()
            .endEnv()
            .addNewEnv()
            .withName("IP")
            .withNewValueFrom()
            .withNewFieldRef("v1", "status.podIP")
            .endValueFrom()
            .endEnv()
            .addNewEnv()
            .withName("APP")
            .withNewValueFrom()
            .withNewFieldRef("v1", "metadata.labels['app']")
            .endValueFrom()
            .endEnv()
            .addNewEnv()
            .withName("CPUS")
            .withNewValueFrom()
            .withNewResourceFieldRef()
            .withResource("limits.cpu")
            .endResourceFieldRef()
            .endValueFrom()
            .endEnv()
            .addNewEnv()
            .withName("URL")
            .withValue("db://$(DB_SERVICE_HOST)/$(P_COLOR)")
            .endEnv()
            .build();
    assertThat(variables(container))
        .containsEntry("P_COLOR", "blue")
        .containsEntry("WORD", "sesame")
        .containsEntry("IP", "10.42.0.5")
        .containsEntry("APP", "web")
        .containsEntry("CPUS", "2")
        .containsEntry("URL", "db://10.43.0.7/blue");
  }

  @Test
  void refusesAMissingSecretButNotAnOptionalOne() {
    ContainerBuilder builder = new ContainerBuilder().withName("c");
    Container missing =
        builder.addNewEnvFrom().withNewSecretRef("none", false).endEnvFrom().build();
    assertThatThrownBy(() -> variables(missing)).hasMessage("secret \"none\" not found");
    Container optional =
        new ContainerBuilder().addNewEnvFrom().withNewSecretRef("none", true).endEnvFrom().build();
    assertThat(variables(optional)).containsOnlyKeys("DB_SERVICE_HOST");
  }

  @Test
  void commandReplacesEntrypointAndArguments() {
    Image.Config image =
        new Image.Config(
            List.of(),
            List.of("/entry"),
            List.of("default"),
            "",
            "",
            List.of(),
            List.of(),
            "",
            Map.of());
    Container plain = new ContainerBuilder().build();
    Container args = new ContainerBuilder().withArgs("$(A)").build();
    Container command = new ContainerBuilder().withCommand("/own").build();
    Map<String, String> variables = Map.of("A", "x");
    assertThat(ContainerEnvironment.commandLine(plain, image, variables))
        .containsExactly("/entry", "default");
    assertThat(ContainerEnvironment.commandLine(args, image, variables))
        .containsExactly("/entry", "x");
    assertThat(ContainerEnvironment.commandLine(command, image, variables)).containsExactly("/own");
  }

  @Test
  void tellsOfServices() {
    Service service =
        new ServiceBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("redis-leader")
            .endMetadata()
            .withNewSpec()
            .withClusterIP("10.43.0.9")
            .addNewPort()
            .withName("db")
            .withPort(6379)
            .withProtocol("TCP")
            .endPort()
            .endSpec()
            .build();
    assertThat(ServiceVariables.of(List.of(service), "shop", true))
        .containsEntry("REDIS_LEADER_SERVICE_HOST", "10.43.0.9")
        .containsEntry("REDIS_LEADER_SERVICE_PORT_DB", "6379")
        .containsEntry("REDIS_LEADER_PORT", "tcp://10.43.0.9:6379")
        .containsEntry("REDIS_LEADER_PORT_6379_TCP_ADDR", "10.43.0.9");
    assertThat(ServiceVariables.of(List.of(service), "shop", false)).isEmpty();
    assertThat(ServiceVariables.of(List.of(service), "other", true)).isEmpty();
  }

  @Test
  void resolvesByDnsPolicy() {
    PodNames.Resolver host =
        PodNames.Resolver.parse("nameserver 192.0.2.53\nsearch example.com\noptions edns0\n");
    assertThat(PodNames.resolver(POD, "10.43.0.10", "cluster.local", host).text())
        .isEqualTo(
            """
            search shop.svc.cluster.local svc.cluster.local cluster.local example.com
            nameserver 10.43.0.10
            options ndots:5
            """);
    Pod byHost = new PodBuilder(POD).editSpec().withDnsPolicy("Default").endSpec().build();
    assertThat(PodNames.resolver(byHost, "10.43.0.10", "cluster.local", host).nameservers())
        .containsExactly("192.0.2.53");
    Pod own =
        new PodBuilder(POD)
            .editSpec()
            .withDnsPolicy("None")
            .withNewDnsConfig()
            .withNameservers("1.1.1.1")
            .addNewOption("ndots", "2")
            .endDnsConfig()
            .endSpec()
            .build();
    assertThat(PodNames.resolver(own, "10.43.0.10", "cluster.local", host).text())
        .isEqualTo("nameserver 1.1.1.1\noptions ndots:2\n");
  }

  @Test
  void namesThePod() {
    Pod pod =
        new PodBuilder(POD)
            .editSpec()
            .withHostname("db")
            .withSubdomain("dbs")
            .withSetHostnameAsFQDN(true)
            .addNewHostAlias()
            .withIp("127.0.0.9")
            .withHostnames("foo.local", "bar.local")
            .endHostAlias()
            .endSpec()
            .build();
    assertThat(PodNames.hostname(pod, "cluster.local")).isEqualTo("db.dbs.shop.svc.cluster.local");
    assertThat(PodNames.hosts(pod, List.of("10.42.0.5"), "cluster.local"))
        .contains("10.42.0.5\tdb.dbs.shop.svc.cluster.local\tdb\n")
        .contains("127.0.0.9\tfoo.local\tbar.local\n");
  }

  @Test
  void refusesRootWhereItMustNotBe() {
    Pod pod =
        new PodBuilder(POD)
            .editSpec()
            .withNewSecurityContext()
            .withRunAsNonRoot(true)
            .withFsGroup(2000L)
            .withSupplementalGroups(3000L)
            .endSecurityContext()
            .endSpec()
            .build();
    Container container = new ContainerBuilder().withName("c").build();
    assertThatThrownBy(() -> Identity.user(pod, container, ""))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> Identity.user(pod, container, "nginx"))
        .hasMessageContaining("non-numeric user (nginx)");
    assertThat(Identity.user(pod, container, "1000").additionalGids())
        .containsExactly(3000L, 2000L);
  }
}
