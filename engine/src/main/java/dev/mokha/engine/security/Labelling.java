package dev.mokha.engine.security;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Security;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gives specifications their SELinux labels, and volumes those that {@code :z} and {@code :Z} ask
 * for. Pods' containers keep what their specification says: they share volumes that nobody labels.
 */
public final class Labelling {
  private final Optional<SelinuxLabels> host;

  /** For this host. */
  public Labelling() {
    this(SelinuxLabels.ofHost());
  }

  Labelling(Optional<SelinuxLabels> host) {
    this.host = requireNonNull(host);
  }

  /**
   * A new container's specification with its labels.
   *
   * @param taken levels of the other containers
   */
  public ContainerSpec label(ContainerSpec spec, Set<String> taken) {
    Security security = spec.security();
    String asked = security.selinuxLabel();
    List<String> options =
        asked.startsWith(SelinuxLabels.OPTIONS)
            ? List.of(asked.substring(SelinuxLabels.OPTIONS.length()).split(";"))
            : List.of();
    if (options.isEmpty() && (!asked.isEmpty() || spec.owner().startsWith("pod/"))) {
      return spec;
    }
    SelinuxLabels.Labels labels =
        host.isEmpty() || security.privileged() && options.isEmpty()
            ? SelinuxLabels.Labels.NONE
            : host.get().of(options, taken::contains);
    return spec.toBuilder()
        .security(
            new Security(
                security.privileged(),
                security.addCapabilities(),
                security.dropCapabilities(),
                security.noNewPrivileges(),
                security.readOnlyRoot(),
                security.seccomp(),
                security.maskedPaths(),
                security.readonlyPaths(),
                security.apparmor(),
                labels.process(),
                labels.mount()))
        .build();
  }

  /**
   * Labels the volumes of a run that ask for it.
   *
   * @return the specification without those marks, which no runtime knows
   */
  public ContainerSpec volumes(ContainerSpec spec) throws IOException {
    List<ContainerSpec.Mount> mounts = new ArrayList<>();
    String label = spec.security().selinuxMountLabel();
    for (ContainerSpec.Mount mount : spec.mounts()) {
      boolean shared = mount.options().contains("z");
      boolean own = mount.options().contains("Z");
      if ((shared || own) && host.isPresent() && !label.isEmpty()) {
        SelinuxLabels.relabel(Path.of(mount.source()), own ? label : SelinuxLabels.shared(label));
      }
      mounts.add(shared || own ? plain(mount) : mount);
    }
    return mounts.equals(spec.mounts()) ? spec : spec.toBuilder().mounts(mounts).build();
  }

  private static ContainerSpec.Mount plain(ContainerSpec.Mount mount) {
    return new ContainerSpec.Mount(
        mount.source(),
        mount.destination(),
        mount.type(),
        mount.readOnly(),
        mount.recursiveReadOnly(),
        mount.propagation(),
        mount.options().stream()
            .filter(option -> !option.equals("z") && !option.equals("Z"))
            .toList(),
        mount.nonRecursive());
  }
}
