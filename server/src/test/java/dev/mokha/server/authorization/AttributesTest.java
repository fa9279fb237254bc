package dev.mokha.server.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.server.authentication.UserInfo;
import org.junit.jupiter.api.Test;

class AttributesTest {
  private static final GroupVersionResource CONFIG_MAPS =
      new GroupVersionResource("", "v1", "configmaps");

  private static String name(String verb, String name, String fieldSelector) {
    return Attributes.ofRequest(
            UserInfo.ANONYMOUS, verb, CONFIG_MAPS, "", "a", name, "", fieldSelector)
        .name();
  }

  @Test
  void aListOfOneNameIsAWishForThatName() {
    assertThat(name("list", "", "metadata.name=one")).isEqualTo("one");
    assertThat(name("watch", "", "metadata.name==one,metadata.namespace=a")).isEqualTo("one");
    assertThat(name("deletecollection", "", "metadata.name=one")).isEqualTo("one");
  }

  @Test
  void otherSelectorsNameNothing() {
    assertThat(name("list", "", "")).isEmpty();
    assertThat(name("list", "", "metadata.name!=one")).isEmpty();
    assertThat(name("list", "", "metadata.namespace=a")).isEmpty();
    assertThat(name("list", "", "=,nonsense")).isEmpty();
    assertThat(name("get", "two", "metadata.name=one")).isEqualTo("two");
  }
}
