/**
 * The displacements that a chunk went along last. What lies between moved pieces has often moved with one of them,
 * and is found so even where it is too short for the table of windows or was dropped from it.
 * Must not know chunks nor bases.
 */

/** Measured: 4 make a minor update 1 % longer; 64 make it no shorter and take longer. */
export const KEPT_DISPLACEMENTS = 16;

/** At most KEPT_DISPLACEMENTS different ones, the last first. */
export class RecentDisplacements {
  /** Displacements exceed 2^31: plain numbers. */
  readonly #kept: number[] = [];

  get kept(): readonly number[] {
    return this.#kept;
  }

  use(displacement: number): void {
    const at = this.#kept.indexOf(displacement);
    if (at >= 0) this.#kept.splice(at, 1);
    this.#kept.unshift(displacement);
    if (this.#kept.length > KEPT_DISPLACEMENTS) this.#kept.pop();
  }

  clear(): void {
    this.#kept.length = 0;
  }
}
