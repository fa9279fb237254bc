/**
 * One interface to the API, whether the server is in this process or across the network.
 *
 * <p>Start with {@link dev.mokha.client.ApiClient} (any object, as bytes) and {@link
 * dev.mokha.client.ResourceClient} (typed). A control loop is written with {@link
 * dev.mokha.client.informer.Informers} (a local cache kept current by a watch) and {@link
 * dev.mokha.client.controller.Controller} (a work queue and one reconcile function).
 */
package dev.mokha.client;
