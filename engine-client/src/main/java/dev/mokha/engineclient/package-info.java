/** A client of the engine, over its Docker socket. */
package dev.mokha.engineclient;
