/** Names of resources and kinds, and the table of everything that is served. */
package dev.mokha.api.resource;
