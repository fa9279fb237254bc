/**
 * Counters and histograms under Kubernetes' own names, and the text form of Prometheus they are
 * read in. Whatever is counted on the way of a request is a {@link
 * java.util.concurrent.atomic.LongAdder} that is looked up once, not per request.
 *
 * <p>Start with {@link dev.mokha.server.metrics.MetricSource}.
 */
package dev.mokha.server.metrics;
