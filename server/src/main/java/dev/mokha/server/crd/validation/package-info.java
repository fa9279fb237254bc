/**
 * The rules for the objects of custom resources. Start with {@link
 * dev.mokha.server.crd.validation.CustomValidator}.
 */
package dev.mokha.server.crd.validation;
