/**
 * The benchmark driver: measures any Kubernetes cluster that a kubeconfig leads to, so that Mokha
 * and its peers are measured by the same program. It uses nothing but the API, and {@code /proc}
 * for the processes it is pointed at.
 *
 * <p>Start with {@link dev.mokha.bench.Main}, which lists the commands. A command opens a {@link
 * dev.mokha.bench.Cluster} (a namespace of its own, deleted afterwards), takes times with {@link
 * dev.mokha.bench.PodWatch} or {@link dev.mokha.bench.Load}, and prints a {@link
 * dev.mokha.bench.Report}. docs/benchmarks.md says how each figure is made.
 */
package dev.mokha.bench;
