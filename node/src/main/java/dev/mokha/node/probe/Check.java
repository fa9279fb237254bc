package dev.mokha.node.probe;

import dev.mokha.engine.containers.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ExecAction;
import io.fabric8.kubernetes.api.model.GRPCAction;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.HTTPHeader;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One check of a container, as a probe or a hook describes it. */
@FunctionalInterface
public interface Check {
  /**
   * Checks once.
   *
   * @throws InterruptedException when the caller is no longer interested
   */
  CheckResult run(Duration timeout) throws InterruptedException;

  /**
   * What a probe asks.
   *
   * @param spec the container's specification, for named ports
   * @param container the running container
   * @param address the pod's
   */
  static Check of(
      Probe probe,
      io.fabric8.kubernetes.api.model.Container spec,
      Container container,
      String address) {
    if (probe.getExec() != null) {
      return exec(probe.getExec(), container);
    }
    if (probe.getHttpGet() != null) {
      return http(probe.getHttpGet(), spec, address);
    }
    if (probe.getTcpSocket() != null) {
      return tcp(probe.getTcpSocket(), spec, address);
    }
    if (probe.getGrpc() != null) {
      GRPCAction grpc = probe.getGrpc();
      String service = grpc.getService() == null ? "" : grpc.getService();
      return timeout -> GrpcCheck.check(address, grpc.getPort(), service, timeout);
    }
    return timeout -> CheckResult.ok("");
  }

  /** A command inside. */
  static Check exec(ExecAction exec, Container container) {
    return timeout -> ExecCheck.run(container, exec.getCommand(), timeout);
  }

  /** A GET. */
  static Check http(
      HTTPGetAction get, io.fabric8.kubernetes.api.model.Container spec, String address) {
    String host = get.getHost() == null || get.getHost().isEmpty() ? address : get.getHost();
    Map<String, String> headers = new LinkedHashMap<>();
    for (HTTPHeader header : get.getHttpHeaders()) {
      headers.put(header.getName(), header.getValue());
    }
    String path = get.getPath() == null ? "/" : get.getPath();
    return timeout ->
        HttpCheck.get(get.getScheme(), host, port(get.getPort(), spec), path, headers, timeout);
  }

  /** A connection. */
  static Check tcp(
      TCPSocketAction tcp, io.fabric8.kubernetes.api.model.Container spec, String address) {
    String host = tcp.getHost() == null || tcp.getHost().isEmpty() ? address : tcp.getHost();
    return timeout -> TcpCheck.connect(host, port(tcp.getPort(), spec), timeout);
  }

  private static int port(IntOrString port, io.fabric8.kubernetes.api.model.Container spec) {
    if (port.getIntVal() != null) {
      return port.getIntVal();
    }
    List<ContainerPort> ports = spec.getPorts();
    for (ContainerPort candidate : ports) {
      if (port.getStrVal().equals(candidate.getName())) {
        return candidate.getContainerPort();
      }
    }
    try {
      return Integer.parseInt(port.getStrVal());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("couldn't find port: " + port.getStrVal(), e);
    }
  }
}
