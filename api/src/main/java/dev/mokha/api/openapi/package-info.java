/** OpenAPI documents, generated from the schemas and the table of resources. */
package dev.mokha.api.openapi;
