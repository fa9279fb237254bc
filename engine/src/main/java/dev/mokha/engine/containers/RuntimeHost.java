package dev.mokha.engine.containers;

import dev.mokha.engine.runtime.Cgroups;
import dev.mokha.engine.runtime.Conmon;
import dev.mokha.engine.runtime.OciRuntime;
import dev.mokha.engine.runtime.OciSpec;
import dev.mokha.engine.security.Labelling;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.engine.users.MappedMounts;
import dev.mokha.linux.ProcessExits;
import java.nio.file.Path;

/**
 * What containers are made with.
 *
 * @param runtime the OCI runtime
 * @param conmon what holds each container
 * @param specs writes config.json
 * @param cgroups the hierarchies
 * @param snapshots root file systems
 * @param mapped mounts of containers with ids of their own
 * @param labelling gives SELinux labels
 * @param processExits tells when conmon ends
 * @param dataDir definitions, one directory for each container
 * @param runDir bundles, the same
 * @param exitDir exit files
 */
public record RuntimeHost(
    OciRuntime runtime,
    Conmon conmon,
    OciSpec specs,
    Cgroups cgroups,
    Snapshots snapshots,
    MappedMounts mapped,
    Labelling labelling,
    ProcessExits processExits,
    Path dataDir,
    Path runDir,
    Path exitDir) {}
