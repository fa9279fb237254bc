/**
 * Keeps as many pods as a ReplicaSet or ReplicationController says. Both kinds share {@link
 * dev.mokha.controllers.replicas.ReplicaController}; {@link
 * dev.mokha.controllers.replicas.ReplicaKind} has what differs.
 */
package dev.mokha.controllers.replicas;
