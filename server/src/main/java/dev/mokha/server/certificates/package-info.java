/**
 * Certificates for those who ask: the {@code certificates.k8s.io} API's built-in approver and
 * signers.
 *
 * <p>Start with {@link dev.mokha.server.certificates.CertificateLoops}. A request goes three ways:
 * somebody creates a CertificateSigningRequest that names a signer; somebody who may {@code
 * approve} for that signer approves or denies it (for kubelets' client certificates the {@link
 * dev.mokha.server.certificates.Approver} does); the signer puts the certificate into its status.
 * Signing runs where the authority's key is, which is nowhere but in the server role.
 */
package dev.mokha.server.certificates;
