/**
 * Root file systems: each layer of an image unpacked once, read-only, and an overlay per container.
 *
 * <p>Start with {@link dev.mokha.engine.snapshots.Snapshots}, and {@link
 * dev.mokha.engine.snapshots.Layers} below it. {@link dev.mokha.engine.snapshots.LayerUnpacker}
 * turns a layer's tar into a directory as overlayfs wants it, {@link
 * dev.mokha.engine.snapshots.TreeArchive} such a directory into a tar; {@link
 * dev.mokha.engine.snapshots.RootedTree} keeps every path of an archive or an image inside its
 * root.
 */
package dev.mokha.engine.snapshots;
