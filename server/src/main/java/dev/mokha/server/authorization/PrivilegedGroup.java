package dev.mokha.server.authorization;

import dev.mokha.server.authentication.UserInfo;

/** Lets {@code system:masters} do everything, so that no change of roles can lock all out. */
public final class PrivilegedGroup implements Authorizer {
  @Override
  public Decision authorize(Attributes wish) {
    return wish.user().in(UserInfo.MASTERS) ? Decision.allow("") : Decision.NO_OPINION;
  }

  @Override
  public Rules rulesFor(UserInfo user, String namespace) {
    if (!user.in(UserInfo.MASTERS)) {
      return Rules.NONE;
    }
    var all = java.util.List.of("*");
    return new Rules(
        java.util.List.of(new ResourceRule(all, all, all, java.util.List.of())),
        java.util.List.of(new PathRule(all, all)));
  }
}
