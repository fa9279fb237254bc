/**
 * What a new cluster is born with: namespaces, roles, priority classes, the {@code kubernetes}
 * Service; and the pipeline's standard stages.
 *
 * <p>Start with {@link dev.mokha.server.bootstrap.StandardStages}. A {@link
 * dev.mokha.server.bootstrap.BootstrapStep} runs at every start and repairs what is missing.
 */
package dev.mokha.server.bootstrap;
