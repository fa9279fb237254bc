/**
 * Which pods stand behind each Service. {@link dev.mokha.controllers.endpoints.Backends} works it
 * out; one loop writes it as Endpoints, one as EndpointSlices.
 */
package dev.mokha.controllers.endpoints;
