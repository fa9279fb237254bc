package dev.mokha.docker.networks;

import dev.mokha.docker.http.Request;
import dev.mokha.network.bridges.Endpoint;
import dev.mokha.network.bridges.EndpointSpec;
import dev.mokha.network.bridges.Network;

/** Puts containers into networks: running ones at once, others for their next start. */
public interface Membership {
  /**
   * Connects a container, and tells of it as an event when it runs.
   *
   * @param request asks for the right to change that container
   * @param container name or id
   * @throws dev.mokha.docker.http.DockerException 404 when there is no such container; 403 when it
   *     is in the network already, or the caller may not change it
   */
  void connect(Request request, String container, Network network, EndpointSpec spec);

  /**
   * Disconnects one.
   *
   * @param request asks for the right to change that container
   * @param force also one that is no longer there
   * @throws dev.mokha.docker.http.DockerException 404 when there is no such container; 500 when it
   *     is not in the network
   */
  void disconnect(Request request, String container, Network network, boolean force);

  /** Whether a caller may see a member. */
  boolean visible(Endpoint member, Request request);
}
