/**
 * Which resources the server has, custom ones too, and all their objects: for loops that are about
 * every kind. Start with {@link dev.mokha.controllers.served.ObjectFeeds}.
 */
package dev.mokha.controllers.served;
