/**
 * Git repositories as build contexts and as sources of ADD.
 *
 * <p>{@link dev.mokha.engine.build.git.GitAddress} reads what Docker's users write; {@link
 * dev.mokha.engine.build.git.GitRepositories} asks a remote which commit a name means and fetches
 * that commit; {@link dev.mokha.engine.build.git.GitTree} shows its files straight from the object
 * database.
 *
 * <pre>{@code
 * GitAddress address = GitAddress.parse("https://host/team/app.git#main:docker");
 * try (FileTree tree = repositories.fetch(address, repositories.resolve(address))) { ... }
 * }</pre>
 *
 * <p>By JGit and not by the host's {@code git}: there is no work tree, so that no path, link,
 * filter or hook of a repository can touch the machine; of the host's configuration ({@code
 * insteadOf}, credential helpers, {@code ext::}) nothing is read; and a machine needs no git. Its
 * classes are loaded by the first build that names a repository. What it costs: LFS pointers stay
 * pointers, and attributes that rewrite files at check-out do not count.
 */
package dev.mokha.engine.build.git;
