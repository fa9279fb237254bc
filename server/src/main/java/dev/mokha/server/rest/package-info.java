/**
 * What the verbs do to resources: create, get, list, watch, update, patch, delete, and the
 * subresources.
 */
package dev.mokha.server.rest;
