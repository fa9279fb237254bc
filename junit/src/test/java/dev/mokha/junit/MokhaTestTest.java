package dev.mokha.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.client.ApiClient;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What the annotation gives a test class. */
@MokhaTest(controllers = false, scheduler = false)
class MokhaTestTest {
  private static final Set<String> NAMESPACES = new HashSet<>();
  private static URI url;

  @BeforeAll
  static void remember(Mokha mokha, @TestNamespace String namespace) {
    url = mokha.url();
    assertThat(namespace).isEqualTo("default");
  }

  @RepeatedTest(3)
  void eachTestHasANamespaceOfItsOwn(
      Mokha mokha, ApiClient client, KubernetesClient fabric8, @TestNamespace String namespace) {
    assertThat(NAMESPACES.add(namespace)).isTrue();
    assertThat(mokha.url()).isEqualTo(url);
    assertThat(client).isSameAs(mokha.client());
    assertThat(fabric8.getNamespace()).isEqualTo(namespace);
    assertThat(fabric8.serviceAccounts().withName("default").get()).isNotNull();
  }

  @Nested
  class Within {
    @Test
    void aNestedClassUsesTheSameServer(Mokha mokha, @TestNamespace String namespace) {
      assertThat(mokha.url()).isEqualTo(url);
      assertThat(namespace).startsWith("within-");
    }
  }

  @Nested
  @MokhaTest(controllers = false, scheduler = false, perMethod = true, ownNamespace = false)
  class WithServersOfTheirOwn {
    private static final Set<URI> URLS = new HashSet<>();

    @RepeatedTest(2)
    void eachTestHasAServerOfItsOwn(Mokha mokha, @TestNamespace String namespace) {
      assertThat(mokha.url()).isNotEqualTo(url);
      assertThat(URLS.add(mokha.url())).isTrue();
      assertThat(namespace).isEqualTo("default");
    }
  }
}
