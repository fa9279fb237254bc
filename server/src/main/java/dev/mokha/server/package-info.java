/** The API server: one request pipeline over the store. */
package dev.mokha.server;
