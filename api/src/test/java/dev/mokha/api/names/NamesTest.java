package dev.mokha.api.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class NamesTest {
  @Test
  void tellsWhatIsWrongWithALabel() {
    assertThat(Names.dns1123Label("web-1")).isEmpty();
    assertThat(Names.dns1123Label("a.b")).containsExactly("must not contain dots");
    assertThat(Names.dns1123Label("Web"))
        .containsExactly(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-',"
                + " and must start and end with an alphanumeric character (e.g. 'my-name',  or"
                + " '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
    assertThat(Names.dns1123Label("a".repeat(64)))
        .containsExactly("must be no more than 63 characters");
  }

  @Test
  void tellsWhatIsWrongWithOtherNames() {
    assertThat(Names.dns1123Subdomain("a.b-c.d")).isEmpty();
    assertThat(Names.dns1123Subdomain("a..b")).hasSize(1);
    assertThat(Names.dns1035Label("1a")).hasSize(1);
    assertThat(Names.dns1035Label("a1")).isEmpty();
    assertThat(Names.qualifiedName("example.com/My.Name_1")).isEmpty();
    assertThat(Names.qualifiedName("/x")).containsExactly("prefix part must be non-empty");
    assertThat(Names.qualifiedName("a/b/c")).hasSize(1);
    assertThat(Names.qualifiedName("-x")).hasSize(1);
    assertThat(Names.labelValue("")).isEmpty();
    assertThat(Names.labelValue("a b")).hasSize(1);
    assertThat(Names.configMapKey("..data")).containsExactly("must not start with '..'");
    assertThat(Names.configMapKey("a/b")).hasSize(1);
    assertThat(Names.envName("A=B")).hasSize(1);
    assertThat(Names.envName("a b")).isEmpty();
    assertThat(Names.portName("http")).isEmpty();
    assertThat(Names.portName("80")).containsExactly("must contain at least one letter (a-z)");
    assertThat(Names.pathSegment("system:node")).isEmpty();
    assertThat(Names.pathSegment("a/b")).containsExactly("may not contain '/'");
  }

  @Test
  void generatedNamesFitALabel() {
    GeneratedNames names = new GeneratedNames(new Random(7));
    assertThat(names.name("web-")).matches("web-[bcdfghjklmnpqrstvwxz2456789]{5}");
    assertThat(names.name("x".repeat(100))).hasSize(63);
  }

  @Property
  void everyLabelIsASubdomain(@ForAll String text) {
    if (Names.dns1123Label(text).isEmpty()) {
      assertThat(Names.dns1123Subdomain(text)).isEmpty();
      assertThat(Names.qualifiedName(text)).isEmpty();
    }
  }
}
