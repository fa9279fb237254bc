/** The control loops of the cluster. */
package dev.mokha.controllers;
