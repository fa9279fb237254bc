package dev.mokha.registry.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.registry.RegistryException;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.RepositoryName;
import dev.mokha.registry.storage.Tag;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @Test
  void repositoriesMayBeCalledLikePartsOfPaths() {
    assertThat(Route.parse("/v2/a/blobs/uploads/"))
        .contains(new Route.NewUpload(RepositoryName.parse("a")));
    assertThat(Route.parse("/v2/blobs/manifests/manifests/v1"))
        .contains(new Route.Manifest(RepositoryName.parse("blobs/manifests"), new Tag("v1")));
    assertThat(Route.parse("/v2/tags/list/tags/list"))
        .contains(new Route.Tags(RepositoryName.parse("tags/list")));
    assertThat(Route.parse("/v2/a/b/referrers/sha256:" + HEX))
        .contains(new Route.Referrers(RepositoryName.parse("a/b"), new Digest("sha256", HEX)));
    assertThat(Route.parse("/v2/a/b/c")).isEmpty();
    assertThat(Route.parse("/v1/a/tags/list")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../etc",
        "a/../b",
        "a/./b",
        "/a",
        "a//b",
        "a/",
        "A",
        "a_-b",
        "a..b",
        "_links",
        "a/_tags",
        ".a",
        "a.",
        "-a",
        "a\u0000b",
        "a b",
        "a%2fb",
        "a:b"
      })
  void namesThatCouldLeadElsewhereAreRefused(String name) {
    assertThatThrownBy(() -> Route.parse("/v2/" + name + "/tags/list"))
        .isInstanceOf(RegistryException.class)
        .extracting(e -> ((RegistryException) e).code().name())
        .isEqualTo("NAME_INVALID");
  }

  @Property(tries = 2000)
  void anyPathIsReadOrRefusedAndNeverLeadsOutOfTheDirectory(
      @ForAll
          @StringLength(max = 60)
          @Chars({'/', '.', '_', '-', ':', '%', '\\', '\0', 'A', 'é'})
          @CharRange(from = 'a', to = 'd')
          String name) {
    try {
      Route.parse("/v2/" + name + "/manifests/v1")
          .ifPresent(
              route -> {
                if (route instanceof Route.InRepository in) {
                  Path root = Path.of("/srv/repositories");
                  Path path = root.resolve(in.name().value());
                  assertThat(path.normalize()).isEqualTo(path);
                  assertThat(path.startsWith(root)).isTrue();
                  path.forEach(
                      part -> assertThat(part.toString()).doesNotStartWith("_").isNotEqualTo(".."));
                }
              });
    } catch (RegistryException e) {
      assertThat(e.status()).isEqualTo(400);
    }
  }

  @Property
  void anyTagIsReadOrRefused(@ForAll @StringLength(max = 200) String text) {
    boolean valid = text.matches("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");
    assertThat(Tag.isTag(text)).isEqualTo(valid);
  }

  @Property
  void longNamesAreRefusedQuickly(@ForAll @StringLength(min = 256, max = 5000) String text) {
    assertThatThrownBy(() -> RepositoryName.parse(text)).isInstanceOf(RegistryException.class);
  }
}
