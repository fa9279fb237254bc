/**
 * One JMH benchmark for each hot path of the API server: {@link dev.mokha.jmh.ObjectBenchmark} for
 * what is done to one object, {@link dev.mokha.jmh.CommitBenchmark} for the store, {@link
 * dev.mokha.jmh.ServerBenchmark} for whole calls without the network, {@link
 * dev.mokha.jmh.WatchBenchmark} for the way of a change to its watchers. {@code jmh/run} starts
 * them; start reading at {@link dev.mokha.jmh.Samples}, the objects they work on.
 */
package dev.mokha.jmh;
