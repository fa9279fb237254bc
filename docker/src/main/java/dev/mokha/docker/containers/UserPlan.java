package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.UserMapping;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether a container has ids of its own: as UsernsMode says ({@code host}, or {@code private},
 * which the stock CLI does not send), else as its label says, else as the daemon was told.
 */
final class UserPlan {
  /**
   * {@code private}, for clients that can't send that mode. It never asks for the host's ids, for
   * which one needs a right.
   */
  static final String LABEL = "mokha.dev/userns";

  private UserPlan() {}

  /**
   * Decides.
   *
   * @param byDefault whether containers that say nothing have ids of their own
   * @throws DockerException for what can't be had with them, in dockerd's words
   */
  static UserMapping of(ObjectNode config, ObjectNode host, boolean byDefault) {
    String mode = Json.text(host, "UsernsMode");
    if (mode.isEmpty()
        && "private".equals(Json.stringMap(config, "Labels").getOrDefault(LABEL, ""))) {
      mode = "private";
    }
    switch (mode) {
      case "host" -> {
        return UserMapping.HOST;
      }
      case "" -> {
        if (!byDefault) {
          return UserMapping.HOST;
        }
      }
      case "private" -> {
        // checked below
      }
      default -> throw DockerException.invalid("invalid user namespace mode: " + mode);
    }
    refuse(
        Json.flag(host, "Privileged"),
        "privileged mode is incompatible with user namespaces.  You must run the container in the"
            + " host namespace when running privileged mode");
    refuse(
        NetworkPlan.mode(host) instanceof NetworkPlan.Mode.Host,
        "cannot share the host's network namespace when user namespaces are enabled");
    refuse(
        Json.text(host, "PidMode").equals("host"),
        "cannot share the host PID namespace when user namespaces are enabled");
    refuse(
        Json.text(host, "IpcMode").equals("host"),
        "cannot share the host's IPC namespace when user namespaces are enabled");
    for (String field : List.of("PidMode", "IpcMode")) {
      refuse(
          Json.text(host, field).startsWith("container:"),
          "cannot join another container's namespace ("
              + field
              + ") when user namespaces are"
              + " enabled: its ids are others");
    }
    return UserMapping.PRIVATE;
  }

  private static void refuse(boolean is, String why) {
    if (is) {
      throw DockerException.invalid(why);
    }
  }
}
