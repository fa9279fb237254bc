/** What every namespace has from its first moment, and how it ends. */
package dev.mokha.controllers.namespaces;
