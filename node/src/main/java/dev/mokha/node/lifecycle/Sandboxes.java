package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.containers.Security;
import dev.mokha.engine.containers.UserMapping;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import dev.mokha.network.PodNetwork;
import dev.mokha.node.environment.PodNames;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerKind;
import dev.mokha.node.resources.PodResources;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.Sysctl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pods' namespaces and what goes with them: network, cgroup, /etc files, shared memory, and for
 * shared processes a small first process. There is no pause process: the namespaces are pinned.
 */
final class Sandboxes {
  private static final Path CATATONIT = Path.of("/usr/bin/catatonit");
  private static final String SHARED_MEMORY = "size=64m,mode=1777";

  private final NodeServices node;

  /**
   * A pod's sandbox.
   *
   * @param number counts the sandboxes the pod has had
   * @param attachment its network; empty in the host's network
   * @param holder the process that holds a shared PID namespace
   * @param users how its ids lie on the host
   */
  record Sandbox(
      int number,
      Optional<PodNetwork.Attachment> attachment,
      Optional<Container> holder,
      List<String> addresses,
      UserMapping users) {}

  Sandboxes(NodeServices node) {
    this.node = requireNonNull(node, "node");
  }

  /** The sandbox, if all of it is there. */
  Optional<Sandbox> find(BoundPod pod) {
    int number = node.directories().presentSandbox(pod.uid());
    if (number == 0) {
      return Optional.empty();
    }
    Optional<PodNetwork.Attachment> attachment = Optional.empty();
    if (!pod.hostNetwork()) {
      attachment = node.network().pods().find(pod.uid());
      if (attachment.isEmpty()) {
        return Optional.empty();
      }
    }
    Optional<Container> holder = Optional.empty();
    if (wantsHolder(pod)) {
      holder = findHolder(pod, number);
      if (holder.isEmpty()) {
        return Optional.empty();
      }
    }
    node.cgroups().apply(pod.uid(), PodResources.of(pod.pod()));
    return Optional.of(new Sandbox(number, attachment, holder, addresses(attachment), users(pod)));
  }

  private static boolean wantsHolder(BoundPod pod) {
    return pod.sharesProcesses() && Files.isExecutable(CATATONIT);
  }

  private Optional<Container> findHolder(BoundPod pod, int number) {
    return node.engine().containers().list(RunLabels.owner(pod.uid())).stream()
        .filter(RunLabels::isHolder)
        .filter(c -> RunLabels.sandbox(c) == number)
        .filter(c -> c.state().status() == Container.Status.RUNNING)
        .findFirst();
  }

  /** Makes the sandbox, or what is missing of it. */
  Sandbox prepare(BoundPod pod) {
    Optional<Sandbox> found = find(pod);
    if (found.isPresent()) {
      return found.get();
    }
    int number = node.directories().nextSandbox(pod.uid());
    UserMapping users = users(pod);
    Optional<PodNetwork.Attachment> attachment = Optional.empty();
    if (!pod.hostNetwork()) {
      attachment = Optional.of(node.network().pods().attach(request(pod, users)));
    }
    node.cgroups().apply(pod.uid(), PodResources.of(pod.pod()));
    List<String> addresses = addresses(attachment);
    writeEtc(pod, addresses);
    shareMemory(pod);
    Optional<Container> holder =
        wantsHolder(pod) ? Optional.of(startHolder(pod, number, users)) : Optional.empty();
    node.directories().sandboxIsThere(pod.uid(), number);
    return new Sandbox(number, attachment, holder, addresses, users);
  }

  private List<String> addresses(Optional<PodNetwork.Attachment> attachment) {
    return List.of(
        attachment
            .map(a -> a.address().getHostAddress())
            .orElseGet(() -> node.config().nodeAddress().getHostAddress()));
  }

  /** A pod with {@code hostUsers: false} has ids of its own, the same for all its containers. */
  private UserMapping users(BoundPod pod) {
    return Boolean.FALSE.equals(pod.spec().getHostUsers())
        ? node.engine().userIds().take(RunLabels.owner(pod.uid()))
        : UserMapping.HOST;
  }

  private PodNetwork.Request request(BoundPod pod, UserMapping users) {
    Map<String, String> sysctls = new LinkedHashMap<>();
    PodSecurityContext context = pod.spec().getSecurityContext();
    if (context != null) {
      for (Sysctl sysctl : context.getSysctls()) {
        sysctls.put(sysctl.getName().replace('/', '.'), sysctl.getValue());
      }
    }
    List<PodNetwork.HostPort> ports =
        pod.containers().stream()
            .filter(c -> c.kind() == ContainerKind.MAIN || c.kind() == ContainerKind.SIDECAR)
            .flatMap(c -> c.spec().getPorts().stream())
            .filter(p -> p.getHostPort() != null && p.getHostPort() > 0)
            .map(
                p ->
                    new PodNetwork.HostPort(
                        p.getHostIP() == null ? "" : p.getHostIP(),
                        p.getHostPort(),
                        p.getContainerPort(),
                        p.getProtocol() == null ? "TCP" : p.getProtocol()))
            .toList();
    return new PodNetwork.Request(
        pod.uid(),
        pod.namespace(),
        pod.name(),
        PodNames.hostname(pod.pod(), node.config().clusterDomain()),
        sysctls,
        ports,
        users.namespace());
  }

  private void writeEtc(BoundPod pod, List<String> addresses) {
    String domain = node.config().clusterDomain();
    String hosts =
        pod.hostNetwork()
            ? PodNames.hostNetworkHosts(pod.pod(), hostFile("/etc/hosts"))
            : PodNames.hosts(pod.pod(), addresses, domain);
    PodNames.Resolver host = PodNames.Resolver.parse(hostFile("/etc/resolv.conf"));
    String dns = node.network().dnsAddress().getHostAddress();
    PodNames.Resolver resolver = PodNames.resolver(pod.pod(), dns, domain, host);
    PodDirectories.write(node.directories().etc(pod.uid(), "hosts"), hosts);
    PodDirectories.write(node.directories().etc(pod.uid(), "resolv.conf"), resolver.text());
    PodDirectories.write(node.directories().etc(pod.uid(), "hostname"), hostname(pod) + "\n");
  }

  /** What the pod's containers are told as their host name. */
  String hostname(BoundPod pod) {
    return pod.hostNetwork()
        ? node.machine().hostname()
        : PodNames.hostname(pod.pod(), node.config().clusterDomain());
  }

  private static String hostFile(String path) {
    try {
      return Files.readString(Path.of(path));
    } catch (IOException e) {
      // A host without the file has nothing to tell.
      return "";
    }
  }

  // Containers of a pod share POSIX shared memory as they share the IPC namespace.
  private void shareMemory(BoundPod pod) {
    if (pod.containers().size() < 2 || Boolean.TRUE.equals(pod.spec().getHostIPC())) {
      return;
    }
    Path place = node.directories().sharedMemory(pod.uid());
    try {
      Files.createDirectories(place);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make " + place, e);
    }
    if (Mounts.find(place).isEmpty()) {
      Mounts.tmpfs(
          place, EnumSet.of(MountFlag.NO_SUID, MountFlag.NO_DEV, MountFlag.NO_EXEC), SHARED_MEMORY);
    }
  }

  private Container startHolder(BoundPod pod, int number, UserMapping users) {
    Path root = node.directories().holderRoot();
    try {
      Path program = root.resolve("catatonit");
      if (!Files.exists(program)) {
        for (String directory : List.of("dev", "proc", "sys", "etc")) {
          Files.createDirectories(root.resolve(directory));
        }
        Files.copy(CATATONIT, program);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make " + root, e);
    }
    String cgroup = node.cgroups().path(pod.uid(), PodResources.of(pod.pod()).qos());
    ContainerSpec spec =
        ContainerSpec.builder()
            .owner(RunLabels.owner(pod.uid()))
            .labels(RunLabels.encodeHolder(pod, number))
            .rootfs(root)
            .args(List.of("/catatonit", "-P"))
            .workingDir("/")
            .user(new ContainerSpec.User("65535:65535", List.of()))
            .namespaces(
                new ContainerSpec.Namespaces(
                    "host", "host", "host", "", node.hierarchies().unified() ? "" : "host"))
            .resources(new Resources(2, 0, 0, 0, 0, 0, -998, ""))
            .cgroupParent(cgroup)
            .users(users)
            .security(
                new Security(
                    false, List.of(), List.of("ALL"), true, true, "default", null, null, "", ""))
            .build();
    Container holder = node.engine().containers().create(spec);
    holder.start();
    return holder;
  }

  /** Takes network, shared memory and cgroup away; containers must be gone or ended. */
  void release(String uid) {
    for (Container c : node.engine().containers().list(RunLabels.owner(uid))) {
      if (RunLabels.isHolder(c)) {
        c.remove();
      }
    }
    node.network().pods().detach(uid);
    node.engine().userIds().release(RunLabels.owner(uid));
    Mounts.unmount(node.directories().sharedMemory(uid));
    node.cgroups().remove(uid);
    node.directories().sandboxIsGone(uid);
  }
}
