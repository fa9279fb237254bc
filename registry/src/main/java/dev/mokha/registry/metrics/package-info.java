/**
 * What the registry counts, in Prometheus' form. Start with {@link
 * dev.mokha.registry.metrics.RegistryMetrics}. Labels have few values, which clients don't choose:
 * neither repositories nor hosts nor users are among them.
 */
package dev.mokha.registry.metrics;
