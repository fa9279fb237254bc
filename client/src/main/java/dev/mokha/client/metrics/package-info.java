/**
 * Counters and histograms under Kubernetes' own names, and the text form of Prometheus they are
 * read in. Whatever is counted on the way of a request or a key is a {@link
 * java.util.concurrent.atomic.LongAdder} that is looked up once, not per event. It is here so that
 * control loops have figures without knowing the server that shows them.
 *
 * <p>Start with {@link dev.mokha.client.metrics.MetricSource}.
 */
package dev.mokha.client.metrics;
