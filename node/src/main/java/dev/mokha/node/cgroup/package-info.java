/** The tree of cgroups that pods live in. Start with {@link dev.mokha.node.cgroup.PodCgroups}. */
package dev.mokha.node.cgroup;
