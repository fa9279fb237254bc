/**
 * What else must hold before an object is stored, beyond its own validity: plug-ins that may change
 * the object of a request, then plug-ins that may refuse it.
 *
 * <p>Start with {@link dev.mokha.server.admission.AdmissionPlugin}.
 */
package dev.mokha.server.admission;
