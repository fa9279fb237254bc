/** What others have written for Docker, against Mokha. */
package dev.mokha.docker.clients;
