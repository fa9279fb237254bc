package dev.mokha.junit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.junit.MokhaTest;
import dev.mokha.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operator, and tests of it against a real API server. */
@MokhaTest(crds = "crds/greeting.yaml")
class GreetingOperatorTest {
  /** Makes a ConfigMap of each greeting, which goes when the greeting goes. */
  static final class GreetingOperator implements ResourceEventHandler<Greeting>, AutoCloseable {
    private final KubernetesClient client;
    private final SharedIndexInformer<Greeting> informer;

    GreetingOperator(KubernetesClient client) {
      this.client = client;
      this.informer = client.resources(Greeting.class).inform(this);
    }

    @Override
    public void onAdd(Greeting greeting) {
      String text = ("Hello " + greeting.getSpec().name + "! ").repeat(greeting.getSpec().times);
      ConfigMap map =
          new ConfigMapBuilder()
              .withNewMetadata()
              .withName(greeting.getMetadata().getName())
              .withNamespace(greeting.getMetadata().getNamespace())
              .addNewOwnerReference()
              .withApiVersion(greeting.getApiVersion())
              .withKind(greeting.getKind())
              .withName(greeting.getMetadata().getName())
              .withUid(greeting.getMetadata().getUid())
              .endOwnerReference()
              .endMetadata()
              .addToData("text", text.strip())
              .build();
      client.resource(map).serverSideApply();
      if (greeting.getStatus() == null || !text.strip().equals(greeting.getStatus().said)) {
        client
            .resource(greeting)
            .editStatus(
                g -> {
                  g.setStatus(new Greeting.Status());
                  g.getStatus().said = text.strip();
                  return g;
                });
      }
    }

    @Override
    public void onUpdate(Greeting before, Greeting after) {
      if (!Objects.equals(
          before.getMetadata().getGeneration(), after.getMetadata().getGeneration())) {
        onAdd(after);
      }
    }

    @Override
    public void onDelete(Greeting greeting, boolean unknown) {
      // The garbage collector removes the ConfigMap.
    }

    @Override
    public void close() {
      informer.stop();
    }
  }

  private GreetingOperator operator;

  @BeforeEach
  void startOperator(KubernetesClient client) {
    operator = new GreetingOperator(client);
  }

  @AfterEach
  void stopOperator() {
    operator.close();
  }

  private static Greeting greeting(String namespace, String name) {
    Greeting greeting = new Greeting();
    greeting.setMetadata(
        new ObjectMetaBuilder().withNamespace(namespace).withName("first").build());
    greeting.setSpec(new Greeting.Spec());
    greeting.getSpec().name = name;
    return greeting;
  }

  @Test
  void saysHelloAndReportsIt(KubernetesClient client, @TestNamespace String namespace) {
    client.resource(greeting(namespace, "Ada")).create();

    Greeting done =
        client
            .resources(Greeting.class)
            .withName("first")
            .waitUntilCondition(g -> g != null && g.getStatus() != null, 20, TimeUnit.SECONDS);

    // times is 1 by the schema's default, which the server has filled in.
    assertThat(done.getStatus().said).isEqualTo("Hello Ada!");
    assertThat(client.configMaps().withName("first").get().getData())
        .containsEntry("text", "Hello Ada!");
  }

  @Test
  void followsAChange(KubernetesClient client, @TestNamespace String namespace) {
    client.resource(greeting(namespace, "Ada")).create();
    // Before, the operator's own write could be in the way: conflicts are real here.
    client
        .resources(Greeting.class)
        .withName("first")
        .waitUntilCondition(g -> g != null && g.getStatus() != null, 20, TimeUnit.SECONDS);

    client
        .resources(Greeting.class)
        .withName("first")
        .edit(
            g -> {
              g.getSpec().times = 2;
              return g;
            });

    client
        .configMaps()
        .withName("first")
        .waitUntilCondition(
            m -> m.getData().get("text").equals("Hello Ada! Hello Ada!"), 20, TimeUnit.SECONDS);
  }

  @Test
  void whatItMadeGoesWithTheGreeting(KubernetesClient client, @TestNamespace String namespace) {
    client.resource(greeting(namespace, "Ada")).create();
    client
        .configMaps()
        .withName("first")
        .waitUntilCondition(Objects::nonNull, 20, TimeUnit.SECONDS);

    client.resources(Greeting.class).withName("first").delete();

    client.configMaps().withName("first").waitUntilCondition(Objects::isNull, 20, TimeUnit.SECONDS);
  }
}
