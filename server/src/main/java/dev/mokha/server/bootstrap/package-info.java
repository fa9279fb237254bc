/** What a new cluster is born with: namespaces, roles, priority classes. */
package dev.mokha.server.bootstrap;
