/** An OCI distribution server (OCI distribution spec 1.1) and pull-through mirror. */
package dev.mokha.registry;
