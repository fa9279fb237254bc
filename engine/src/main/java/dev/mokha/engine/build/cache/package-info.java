/**
 * What steps made, by what they were made of. A {@link dev.mokha.engine.build.cache.StepRecord} is
 * a small file named by its key; losing one costs a build some time and nothing else, so they are
 * not synced, and one that can't be read, or whose layer a power cut may have damaged, is dropped.
 * {@link dev.mokha.engine.build.cache.CacheMounts} keeps the directories of {@code RUN
 * --mount=type=cache}.
 */
package dev.mokha.engine.build.cache;
