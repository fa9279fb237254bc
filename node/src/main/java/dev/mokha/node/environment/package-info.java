/**
 * What a container finds around it: environment variables, command line, host name, /etc/hosts and
 * /etc/resolv.conf. Start with {@link dev.mokha.node.environment.ContainerEnvironment}.
 */
package dev.mokha.node.environment;
