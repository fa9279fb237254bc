/**
 * Content on disk: blobs by digest, and per repository what of it it has, by which tags.
 *
 * <pre>{@code
 * try (RegistryStorage storage = RegistryStorage.open(directory, InstantSource.system())) {
 *   RepositoryName app = RepositoryName.parse("team/app");
 *   Upload upload = storage.uploads().begin(app, "sha256");
 *   try (Upload.Turn turn = upload.take(Duration.ofSeconds(5))) {
 *     turn.write(bytes);
 *     storage.finish(turn, digest); // verified, on the disk, and linked into team/app
 *   }
 *   storage.repository(app).putManifest(ManifestDocument.parse(json, type), digestOfJson, List.of(tag));
 *   storage.collector().collect(GarbageCollector.Options.DEFAULT);
 * }
 * }</pre>
 *
 * <p>The directory, whose form has a number in {@code FORMAT}:
 *
 * <pre>
 * blobs/sha256/ab/abcd...                     content; its time of modification is that of last use
 * repositories/team/app/_links/sha256/abcd... an empty file: the repository has this blob
 *                      /_manifests/sha256/... what kind of manifest it is, and what it is about
 *                      /_tags/v1              the digest of a manifest
 *                      /_referrers/sha256/S/sha256-M   descriptor of manifest M, whose subject is S
 * uploads/ID/                                 what has come so far, and for which repository
 * tmp/                                        files before they get their name; emptied at each start
 * </pre>
 *
 * <p>What others see appears by one rename or one empty file, after everything it needs is on the
 * disk: blob, link, referrer, manifest, tag. So a kill at any point leaves at worst what nothing
 * refers to, and the {@link dev.mokha.registry.storage.GarbageCollector} takes that away.
 */
package dev.mokha.registry.storage;
