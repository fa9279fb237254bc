package dev.mokha.docker.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.images.PullOptions.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Credentials in headers: both alphabets, both forms, and anything at all. */
final class RegistryAuthTest {
  private static String url(String json) {
    return Base64.getUrlEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsWhatClientsSend() {
    assertThat(RegistryAuth.one(url("{\"username\":\"u\",\"password\":\"p\"}")))
        .containsExactly(new Credentials("u", "p", ""));
    assertThat(RegistryAuth.one(url("{\"identitytoken\":\"t\"}")))
        .containsExactly(new Credentials("", "", "t"));
    String both = Base64.getEncoder().encodeToString("u:p:q".getBytes(StandardCharsets.UTF_8));
    assertThat(RegistryAuth.one(url("{\"auth\":\"" + both + "\"}")))
        .containsExactly(new Credentials("u", "p:q", ""));
    String all = "{\"https://index.docker.io/v1/\":{\"username\":\"u\",\"password\":\"p\"}}";
    String plain = Base64.getEncoder().encodeToString(all.getBytes(StandardCharsets.UTF_8));
    assertThat(RegistryAuth.all(plain))
        .containsEntry("docker.io", java.util.List.of(new Credentials("u", "p", "")));
  }

  @Property(tries = 200)
  void whatCanNotBeReadIsNobody(@ForAll String header) {
    assertThat(RegistryAuth.one(header)).isEmpty();
    assertThat(RegistryAuth.one(url(header))).isEmpty();
  }
}
