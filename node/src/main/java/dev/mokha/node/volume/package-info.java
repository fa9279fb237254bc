/**
 * Pods' volumes. Start with {@link dev.mokha.node.volume.PodVolumes}: it makes a pod's volumes,
 * keeps their content current and takes them away; {@link dev.mokha.node.volume.VolumeContents}
 * works out what is in them, {@link dev.mokha.node.volume.AtomicDirectory} writes it so that no
 * reader ever sees half a change.
 */
package dev.mokha.node.volume;
