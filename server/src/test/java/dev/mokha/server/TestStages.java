package dev.mokha.server;

import dev.mokha.server.authentication.Authenticator;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.authorization.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** Stages that know client certificates, and let only system:masters do anything. */
final class TestStages {
  private TestStages() {}

  static Stages.Factory masters() {
    Authenticator certificates =
        credentials ->
            credentials.clientCertificates().isEmpty()
                ? Optional.empty()
                : Optional.of(
                    user(
                        credentials
                            .clientCertificates()
                            .get(0)
                            .getSubjectX500Principal()
                            .getName()));
    Authorizer masters =
        wish -> wish.user().in(UserInfo.MASTERS) ? Decision.allow("a master") : Decision.NO_OPINION;
    return objects -> new Stages(certificates, masters, List.of(), Map.of(), List.of());
  }

  private static UserInfo user(String subject) {
    String name = "";
    List<String> groups = new ArrayList<>();
    try {
      for (Rdn rdn : new LdapName(subject).getRdns()) {
        switch (rdn.getType()) {
          case "CN" -> name = rdn.getValue().toString();
          case "O" -> groups.add(rdn.getValue().toString());
          default -> {}
        }
      }
    } catch (InvalidNameException e) {
      throw new IllegalArgumentException(e);
    }
    return UserInfo.authenticated(name, groups);
  }
}
