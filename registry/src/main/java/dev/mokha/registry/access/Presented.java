package dev.mokha.registry.access;

import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * What a request shows of its sender.
 *
 * @param authorization the header; empty without one
 * @param certificate of its TLS connection, verified against the cluster's authority
 */
public record Presented(String authorization, Optional<X509Certificate> certificate) {}
