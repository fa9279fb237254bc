package dev.mokha.node.lifecycle;

import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.client.informer.Informer;
import dev.mokha.engine.Engine;
import dev.mokha.network.HostNetwork;
import dev.mokha.node.NodeConfig;
import dev.mokha.node.cgroup.CgroupHierarchies;
import dev.mokha.node.cgroup.PodCgroups;
import dev.mokha.node.environment.ContainerEnvironment;
import dev.mokha.node.images.PodImages;
import dev.mokha.node.registration.Machine;
import dev.mokha.node.registration.Takings;
import dev.mokha.node.status.StatusManager;
import dev.mokha.node.timing.Alarms;
import dev.mokha.node.volume.PodVolumes;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.time.Clock;

/**
 * What all pods of a node share.
 *
 * @param config the node's configuration
 * @param machine what the host has
 * @param engine the engine
 * @param network the host's network
 * @param pods pods at the API
 * @param services Services, for environment variables
 * @param events tells users
 * @param directories where files are
 * @param volumes what volumes need
 * @param environment what environments need
 * @param images gets images
 * @param cgroups the pods' cgroups
 * @param takings what containers that are no pod's take
 * @param hierarchies the kernel's cgroup hierarchies
 * @param status tells the API
 * @param alarms the timer
 * @param clock the time
 */
public record NodeServices(
    NodeConfig config,
    Machine machine,
    Engine engine,
    HostNetwork network,
    ResourceClient<Pod> pods,
    Informer<Service> services,
    EventRecorder events,
    PodDirectories directories,
    PodVolumes.Services volumes,
    ContainerEnvironment environment,
    PodImages images,
    PodCgroups cgroups,
    Takings takings,
    CgroupHierarchies hierarchies,
    StatusManager status,
    Alarms alarms,
    Clock clock) {}
