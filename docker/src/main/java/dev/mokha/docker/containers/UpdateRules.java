package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import tools.jackson.databind.node.ObjectNode;

/** What an update may not change because of what the container has already (Docker API 1.50). */
final class UpdateRules {
  private UpdateRules() {}

  /**
   * Refuses what contradicts a container's present limits.
   *
   * @param now the container's HostConfig
   * @param update the request
   * @throws DockerException 409 in dockerd's words
   */
  static void check(ObjectNode now, ObjectNode update, String id) {
    long swap = Json.number(now, "MemorySwap");
    boolean beyond = swap != -1 && Json.number(update, "Memory") > swap;
    if (beyond && Json.number(update, "MemorySwap") == 0) {
      refuse(
          id,
          "Memory limit should be smaller than already set memoryswap limit, update the"
              + " memoryswap at the same time");
    }
    if (Json.number(now, "NanoCpus") > 0) {
      if (Json.number(update, "CpuQuota") > 0) {
        refuse(
            id,
            "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
      }
      if (Json.number(update, "CpuPeriod") > 0) {
        refuse(
            id,
            "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set");
      }
    }
    if (Json.number(update, "NanoCpus") > 0) {
      if (Json.number(now, "CpuQuota") > 0) {
        refuse(
            id,
            "Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set");
      }
      if (Json.number(now, "CpuPeriod") > 0) {
        refuse(
            id,
            "Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set");
      }
    }
  }

  private static void refuse(String id, String why) {
    throw DockerException.conflict("Cannot update container " + id + ": " + why);
  }
}
