/**
 * The control loops of the cluster, each in a package named after what it looks after.
 *
 * <p>Start with {@link dev.mokha.controllers.Controllers}, which starts them all. Each loop is one
 * {@link dev.mokha.client.controller.Reconciler}: a function from what is to what is to be done,
 * restartable at any point.
 */
package dev.mokha.controllers;
