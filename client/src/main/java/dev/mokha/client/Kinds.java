package dev.mokha.client;

import dev.mokha.api.resource.GroupVersionResource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;

/** The built-in kinds that control loops work with, in the version they use. */
public final class Kinds {
  /** pods. */
  public static final Kind<Pod> POD =
      new Kind<>(new GroupVersionResource("", "v1", "pods"), "Pod", true, Pod.class);

  /** nodes. */
  public static final Kind<Node> NODE =
      new Kind<>(new GroupVersionResource("", "v1", "nodes"), "Node", false, Node.class);

  /** services. */
  public static final Kind<Service> SERVICE =
      new Kind<>(new GroupVersionResource("", "v1", "services"), "Service", true, Service.class);

  /** endpoints. */
  public static final Kind<Endpoints> ENDPOINTS =
      new Kind<>(
          new GroupVersionResource("", "v1", "endpoints"), "Endpoints", true, Endpoints.class);

  /** namespaces. */
  public static final Kind<Namespace> NAMESPACE =
      new Kind<>(
          new GroupVersionResource("", "v1", "namespaces"), "Namespace", false, Namespace.class);

  /** secrets. */
  public static final Kind<Secret> SECRET =
      new Kind<>(new GroupVersionResource("", "v1", "secrets"), "Secret", true, Secret.class);

  /** configmaps. */
  public static final Kind<ConfigMap> CONFIG_MAP =
      new Kind<>(
          new GroupVersionResource("", "v1", "configmaps"), "ConfigMap", true, ConfigMap.class);

  /** serviceaccounts. */
  public static final Kind<ServiceAccount> SERVICE_ACCOUNT =
      new Kind<>(
          new GroupVersionResource("", "v1", "serviceaccounts"),
          "ServiceAccount",
          true,
          ServiceAccount.class);

  /** events. */
  public static final Kind<Event> EVENT =
      new Kind<>(new GroupVersionResource("", "v1", "events"), "Event", true, Event.class);

  /** replicationcontrollers. */
  public static final Kind<ReplicationController> REPLICATION_CONTROLLER =
      new Kind<>(
          new GroupVersionResource("", "v1", "replicationcontrollers"),
          "ReplicationController",
          true,
          ReplicationController.class);

  /** resourcequotas. */
  public static final Kind<ResourceQuota> RESOURCE_QUOTA =
      new Kind<>(
          new GroupVersionResource("", "v1", "resourcequotas"),
          "ResourceQuota",
          true,
          ResourceQuota.class);

  /** limitranges. */
  public static final Kind<LimitRange> LIMIT_RANGE =
      new Kind<>(
          new GroupVersionResource("", "v1", "limitranges"), "LimitRange", true, LimitRange.class);

  /** persistentvolumes. */
  public static final Kind<PersistentVolume> PERSISTENT_VOLUME =
      new Kind<>(
          new GroupVersionResource("", "v1", "persistentvolumes"),
          "PersistentVolume",
          false,
          PersistentVolume.class);

  /** persistentvolumeclaims. */
  public static final Kind<PersistentVolumeClaim> PERSISTENT_VOLUME_CLAIM =
      new Kind<>(
          new GroupVersionResource("", "v1", "persistentvolumeclaims"),
          "PersistentVolumeClaim",
          true,
          PersistentVolumeClaim.class);

  /** deployments. */
  public static final Kind<Deployment> DEPLOYMENT =
      new Kind<>(
          new GroupVersionResource("apps", "v1", "deployments"),
          "Deployment",
          true,
          Deployment.class);

  /** replicasets. */
  public static final Kind<ReplicaSet> REPLICA_SET =
      new Kind<>(
          new GroupVersionResource("apps", "v1", "replicasets"),
          "ReplicaSet",
          true,
          ReplicaSet.class);

  /** statefulsets. */
  public static final Kind<StatefulSet> STATEFUL_SET =
      new Kind<>(
          new GroupVersionResource("apps", "v1", "statefulsets"),
          "StatefulSet",
          true,
          StatefulSet.class);

  /** daemonsets. */
  public static final Kind<DaemonSet> DAEMON_SET =
      new Kind<>(
          new GroupVersionResource("apps", "v1", "daemonsets"), "DaemonSet", true, DaemonSet.class);

  /** controllerrevisions. */
  public static final Kind<ControllerRevision> CONTROLLER_REVISION =
      new Kind<>(
          new GroupVersionResource("apps", "v1", "controllerrevisions"),
          "ControllerRevision",
          true,
          ControllerRevision.class);

  /** jobs. */
  public static final Kind<Job> JOB =
      new Kind<>(new GroupVersionResource("batch", "v1", "jobs"), "Job", true, Job.class);

  /** cronjobs. */
  public static final Kind<CronJob> CRON_JOB =
      new Kind<>(
          new GroupVersionResource("batch", "v1", "cronjobs"), "CronJob", true, CronJob.class);

  /** endpointslices. */
  public static final Kind<EndpointSlice> ENDPOINT_SLICE =
      new Kind<>(
          new GroupVersionResource("discovery.k8s.io", "v1", "endpointslices"),
          "EndpointSlice",
          true,
          EndpointSlice.class);

  /** leases. */
  public static final Kind<Lease> LEASE =
      new Kind<>(
          new GroupVersionResource("coordination.k8s.io", "v1", "leases"),
          "Lease",
          true,
          Lease.class);

  /** poddisruptionbudgets. */
  public static final Kind<PodDisruptionBudget> POD_DISRUPTION_BUDGET =
      new Kind<>(
          new GroupVersionResource("policy", "v1", "poddisruptionbudgets"),
          "PodDisruptionBudget",
          true,
          PodDisruptionBudget.class);

  /** priorityclasses. */
  public static final Kind<PriorityClass> PRIORITY_CLASS =
      new Kind<>(
          new GroupVersionResource("scheduling.k8s.io", "v1", "priorityclasses"),
          "PriorityClass",
          false,
          PriorityClass.class);

  /** networkpolicies. */
  public static final Kind<NetworkPolicy> NETWORK_POLICY =
      new Kind<>(
          new GroupVersionResource("networking.k8s.io", "v1", "networkpolicies"),
          "NetworkPolicy",
          true,
          NetworkPolicy.class);

  /** roles. */
  public static final Kind<Role> ROLE =
      new Kind<>(
          new GroupVersionResource("rbac.authorization.k8s.io", "v1", "roles"),
          "Role",
          true,
          Role.class);

  /** clusterroles. */
  public static final Kind<ClusterRole> CLUSTER_ROLE =
      new Kind<>(
          new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles"),
          "ClusterRole",
          false,
          ClusterRole.class);

  /** rolebindings. */
  public static final Kind<RoleBinding> ROLE_BINDING =
      new Kind<>(
          new GroupVersionResource("rbac.authorization.k8s.io", "v1", "rolebindings"),
          "RoleBinding",
          true,
          RoleBinding.class);

  /** clusterrolebindings. */
  public static final Kind<ClusterRoleBinding> CLUSTER_ROLE_BINDING =
      new Kind<>(
          new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterrolebindings"),
          "ClusterRoleBinding",
          false,
          ClusterRoleBinding.class);

  /** certificatesigningrequests. */
  public static final Kind<CertificateSigningRequest> CERTIFICATE_SIGNING_REQUEST =
      new Kind<>(
          new GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests"),
          "CertificateSigningRequest",
          false,
          CertificateSigningRequest.class);

  /** runtimeclasses. */
  public static final Kind<RuntimeClass> RUNTIME_CLASS =
      new Kind<>(
          new GroupVersionResource("node.k8s.io", "v1", "runtimeclasses"),
          "RuntimeClass",
          false,
          RuntimeClass.class);

  private Kinds() {}
}
