/**
 * Makes pods real. Start with {@link dev.mokha.node.lifecycle.PodWorkers}: one {@link
 * dev.mokha.node.lifecycle.PodWorker} for each pod observes, has {@link
 * dev.mokha.node.pod.PodPlanner} plan, and acts; long work (a start with its image, a stop with its
 * grace) runs on threads of its own and wakes the worker when it is done.
 */
package dev.mokha.node.lifecycle;
