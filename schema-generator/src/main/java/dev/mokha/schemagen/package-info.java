/** Generates, at build time, the compact schema resource of all built-in types. */
package dev.mokha.schemagen;
