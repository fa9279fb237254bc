/** The Docker Engine API, a face of the engine. */
package dev.mokha.docker;
