package dev.mokha.server.authentication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.authorization.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who may act as whom; what is granted is written {@code VERB RESOURCE NAME}. */
final class ImpersonationTest {
  private static final UserInfo ASKER = UserInfo.authenticated("imp", List.of());
  private static final UserInfo POD =
      new UserInfo(
          "system:serviceaccount:default:agent",
          "",
          List.of(UserInfo.AUTHENTICATED),
          Map.of("authentication.kubernetes.io/node-name", List.of("n1")));

  private static UserInfo act(UserInfo asker, Set<String> granted, String... headers) {
    List<Map.Entry<String, String>> all = new ArrayList<>();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(Map.entry(headers[i], headers[i + 1]));
    }
    Authorizer authorizer =
        wish ->
            granted.contains(wish.verb() + " " + wish.qualifiedResource() + " " + wish.name())
                ? Decision.allow("")
                : Decision.NO_OPINION;
    return Impersonation.resolve(
        asker,
        all,
        user -> Attributes.ofResource(user, "list", "", "v1", "pods", "", "default", ""),
        authorizer);
  }

  private static UserInfo act(Set<String> granted, String... headers) {
    return act(ASKER, granted, headers);
  }

  @Test
  void withoutAHeaderTheAskerActsAsHimself() {
    assertThat(act(Set.of(), "Accept", "*/*")).isSameAs(ASKER);
  }

  @Test
  void everyPartTakesARight() {
    Set<String> all =
        Set.of(
            "impersonate users bob",
            "impersonate groups g",
            "impersonate uids 7",
            "impersonate userextras/a/b c");
    String[] headers = {
      "Impersonate-User", "bob",
      "Impersonate-Group", "g",
      "Impersonate-Uid", "7",
      "Impersonate-Extra-A%2FB", "c"
    };
    UserInfo bob = act(all, headers);
    assertThat(bob.name()).isEqualTo("bob");
    assertThat(bob.uid()).isEqualTo("7");
    assertThat(bob.groups()).containsExactly("g", "system:authenticated");
    assertThat(bob.extra()).containsEntry("a/b", List.of("c"));
    for (String right : all) {
      Set<String> others = new java.util.HashSet<>(all);
      others.remove(right);
      assertThatThrownBy(() -> act(others, headers))
          .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(403));
    }
  }

  @Test
  void aServiceAccountComesWithItsGroups() {
    UserInfo account =
        act(
            Set.of("impersonate serviceaccounts foo"),
            "impersonate-user",
            "system:serviceaccount:default:foo");
    assertThat(account.groups())
        .containsExactly(
            "system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated");
  }

  @Test
  void theAnonymousUserStaysUnauthenticated() {
    assertThat(
            act(
                    Set.of("impersonate users system:anonymous"),
                    "Impersonate-User",
                    "system:anonymous")
                .groups())
        .containsExactly("system:unauthenticated");
  }

  @Test
  void partsNeedAName() {
    assertThatThrownBy(() -> act(Set.of(), "Impersonate-Group", "x"))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(400))
        .hasMessageContaining("without impersonating a user name");
  }

  @Test
  void aConstrainedImpersonatorMayDoOnlyWhatHeMayDoAsTheUser() {
    String on = "impersonate-on:user-info:list pods ";
    String be = "impersonate:user-info users dora";
    assertThat(act(Set.of(on, be), "Impersonate-User", "dora").name()).isEqualTo("dora");
    assertThatThrownBy(() -> act(Set.of(be), "Impersonate-User", "dora"))
        .hasMessageContaining("cannot impersonate resource \"users\"");
    assertThatThrownBy(() -> act(Set.of(on), "Impersonate-User", "dora"))
        .hasMessageContaining("cannot impersonate:user-info resource \"users\"");
    assertThatThrownBy(
            () -> act(Set.of(on, be), "Impersonate-User", "dora", "Impersonate-Group", "g"))
        .hasMessageContaining("cannot impersonate:user-info resource \"groups\"");
  }

  @Test
  void userInfoRightsMakeNobodyANodeOrAServiceAccount() {
    Set<String> granted =
        Set.of(
            "impersonate-on:user-info:list pods ",
            "impersonate:user-info users system:node:n1",
            "impersonate:user-info users system:serviceaccount:default:foo");
    for (String user : List.of("system:node:n1", "system:serviceaccount:default:foo")) {
      assertThatThrownBy(() -> act(granted, "Impersonate-User", user))
          .isInstanceOf(StatusException.class);
    }
  }

  @Test
  void aNodeComesWithItsGroupInTheConstrainedModesAlone() {
    Set<String> arbitrary =
        Set.of("impersonate-on:arbitrary-node:list pods ", "impersonate:arbitrary-node nodes n1");
    assertThat(act(arbitrary, "Impersonate-User", "system:node:n1").groups())
        .containsExactly("system:nodes", "system:authenticated");
    assertThat(
            act(Set.of("impersonate users system:node:n1"), "Impersonate-User", "system:node:n1")
                .groups())
        .containsExactly("system:authenticated");
  }

  @Test
  void aPodMayBeItsOwnNodeWhenThatIsAllItMay() {
    Set<String> granted =
        Set.of("impersonate-on:associated-node:list pods ", "impersonate:associated-node nodes *");
    assertThat(act(POD, granted, "Impersonate-User", "system:node:n1").name())
        .isEqualTo("system:node:n1");
    assertThatThrownBy(() -> act(POD, granted, "Impersonate-User", "system:node:n2"))
        .isInstanceOf(StatusException.class);
    assertThatThrownBy(() -> act(granted, "Impersonate-User", "system:node:n1"))
        .isInstanceOf(StatusException.class);
  }
}
