package dev.mokha.server.authorization;

import dev.mokha.server.authentication.UserInfo;
import java.util.List;

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
    var all = List.of("*");
    return new Rules(
        List.of(new ResourceRule(all, all, all, List.of())), List.of(new PathRule(all, all)));
  }
}
