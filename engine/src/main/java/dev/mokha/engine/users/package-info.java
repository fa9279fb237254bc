/**
 * User-id mapping: containers whose root is nobody on the host.
 *
 * <p>{@link dev.mokha.engine.users.UserIds} gives each holder (a container, a pod) a range of the
 * host's ids that no other has, and pins a user namespace with it; {@link
 * dev.mokha.engine.users.MappedMounts} shows such a container its root and its volumes so that the
 * ids on the disk are those inside. Begin with UserIds.
 */
package dev.mokha.engine.users;
