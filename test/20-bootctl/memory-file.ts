/** A `WholeFile` in memory: counts replacements, and can lose power at any of them. It knows no layout. */
import type { WholeFile } from '../../bootctl/index.ts';
import { PowerLost } from './memory-region.ts';

/** A rename happens or it does not: there is no third state. */
export const CUT_REPLACEMENTS = ['dropped', 'kept'] as const;

export class MemoryFile implements WholeFile {
  readonly path = '/boot/grub/grubenv';
  bytes: Uint8Array | undefined;
  writes = 0;
  cut: { readonly at: number; readonly how: string } | undefined;
  /** Replacements are accepted and forgotten. */
  lying = false;
  #dead = false;

  constructor(bytes?: Uint8Array) {
    this.bytes = bytes;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#dead) throw new PowerLost();
    return this.bytes;
  }

  replace(bytes: Uint8Array): Promise<void> {
    return this.#become(bytes);
  }

  async remove(): Promise<void> {
    if (this.bytes !== undefined) await this.#become(undefined);
  }

  async #become(bytes: Uint8Array | undefined): Promise<void> {
    if (this.#dead) throw new PowerLost();
    this.writes += 1;
    this.#dead = this.cut?.at === this.writes;
    if (!this.lying && !(this.#dead && this.cut?.how === 'dropped')) this.bytes = bytes;
    if (this.#dead) throw new PowerLost();
  }
}
