/**
 * Carries builds out. {@link dev.mokha.engine.build.run.LocalBuilder} begins them; a {@code Build}
 * is one; {@code StageGraph} runs its stages side by side, {@code StageRun} the steps of one;
 * {@code CommandStep} and {@code CopyStep} do what takes a file system.
 *
 * <p>Locks: events go out one at a time; nothing else is locked while a step runs. Cleaning up runs
 * with the interrupt flag put aside, since an interrupted thread could wait for nothing.
 */
package dev.mokha.engine.build.run;
