package dev.mokha.server.authentication;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.mokha.server.authentication.ServiceAccountClaims.Reference;
import java.text.ParseException;
import java.util.List;
import java.util.Map;

/**
 * What a token says that is kept in a Secret. It has no end of its own.
 *
 * @param namespace of the account and of the Secret
 * @param account its name and uid
 * @param secret the Secret's name
 */
record LegacyClaims(String namespace, Reference account, String secret) {
  static final String ISSUER = "kubernetes/serviceaccount";

  private static final String NAMESPACE = "kubernetes.io/serviceaccount/namespace";
  private static final String SECRET = "kubernetes.io/serviceaccount/secret.name";
  private static final String ACCOUNT = "kubernetes.io/serviceaccount/service-account.name";
  private static final String UID = "kubernetes.io/serviceaccount/service-account.uid";

  JWTClaimsSet toClaims() {
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .subject(ServiceAccountClaims.userName(namespace, account.name()))
        .claim(NAMESPACE, namespace)
        .claim(SECRET, secret)
        .claim(ACCOUNT, account.name())
        .claim(UID, account.uid())
        .build();
  }

  static LegacyClaims of(JWTClaimsSet set) throws ParseException {
    String namespace = set.getStringClaim(NAMESPACE);
    String secret = set.getStringClaim(SECRET);
    String account = set.getStringClaim(ACCOUNT);
    String uid = set.getStringClaim(UID);
    if (namespace == null || secret == null || account == null || uid == null) {
      throw Unauthorized.because("the token of a Secret lacks a claim");
    }
    return new LegacyClaims(namespace, new Reference(account, uid), secret);
  }

  UserInfo user() {
    return new UserInfo(
        ServiceAccountClaims.userName(namespace, account.name()),
        account.uid(),
        List.of(
            "system:serviceaccounts",
            "system:serviceaccounts:" + namespace,
            UserInfo.AUTHENTICATED),
        Map.of());
  }
}
