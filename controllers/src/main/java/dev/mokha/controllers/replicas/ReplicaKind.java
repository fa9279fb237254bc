package dev.mokha.controllers.replicas;

import dev.mokha.client.Kind;
import dev.mokha.client.Kinds;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.Objects;

/** What differs between a ReplicaSet and a ReplicationController. */
public sealed interface ReplicaKind<T extends HasMetadata> {
  /** ReplicaSets. */
  ReplicaKind<ReplicaSet> REPLICA_SET = new Sets();

  /** ReplicationControllers. */
  ReplicaKind<ReplicationController> REPLICATION_CONTROLLER = new Controllers();

  /** The kind. */
  Kind<T> kind();

  /** The control loop's name. */
  String loopName();

  /** Which pods it counts. */
  LabelSelector selector(T object);

  /** What its pods are made from. */
  PodTemplateSpec template(T object);

  /** How many it wants. */
  int replicas(T object);

  /** How long a pod must be Ready to count as available. */
  int minReadySeconds(T object);

  /** ReplicaSets. */
  record Sets() implements ReplicaKind<ReplicaSet> {
    @Override
    public Kind<ReplicaSet> kind() {
      return Kinds.REPLICA_SET;
    }

    @Override
    public String loopName() {
      return "replicaset-controller";
    }

    @Override
    public LabelSelector selector(ReplicaSet object) {
      return object.getSpec().getSelector();
    }

    @Override
    public PodTemplateSpec template(ReplicaSet object) {
      return object.getSpec().getTemplate();
    }

    @Override
    public int replicas(ReplicaSet object) {
      return Objects.requireNonNullElse(object.getSpec().getReplicas(), 1);
    }

    @Override
    public int minReadySeconds(ReplicaSet object) {
      return Objects.requireNonNullElse(object.getSpec().getMinReadySeconds(), 0);
    }
  }

  /** ReplicationControllers. */
  record Controllers() implements ReplicaKind<ReplicationController> {
    @Override
    public Kind<ReplicationController> kind() {
      return Kinds.REPLICATION_CONTROLLER;
    }

    @Override
    public String loopName() {
      return "replication-controller";
    }

    @Override
    public LabelSelector selector(ReplicationController object) {
      return new LabelSelectorBuilder().withMatchLabels(object.getSpec().getSelector()).build();
    }

    @Override
    public PodTemplateSpec template(ReplicationController object) {
      return object.getSpec().getTemplate();
    }

    @Override
    public int replicas(ReplicationController object) {
      return Objects.requireNonNullElse(object.getSpec().getReplicas(), 1);
    }

    @Override
    public int minReadySeconds(ReplicationController object) {
      return Objects.requireNonNullElse(object.getSpec().getMinReadySeconds(), 0);
    }
  }
}
