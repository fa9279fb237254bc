/** The node agent: makes the pods bound to this host real. */
package dev.mokha.node;
