/** GRUB's block against the contract of every backend, under our boot script and under RAUC's sample. */
import {
  type Counting,
  DEFAULT_BOOT_NAMES,
  decideGrubBoot,
  encodeGrubBlock,
  GrubEnv,
  type SlotName,
} from '../../bootctl/index.ts';
import { type Cut, describeBackend, type Medium } from './contract.ts';
import { CUT_REPLACEMENTS, MemoryFile } from './memory-file.ts';

class GrubMedium implements Medium {
  readonly #counting: Counting;
  file: MemoryFile;
  /** What runs since the last power-on. */
  booted: SlotName = 'a';

  constructor(counting: Counting, bytes?: Uint8Array) {
    this.#counting = counting;
    this.file = new MemoryFile(bytes);
  }

  get writes(): number {
    return this.file.writes;
  }

  async open(cut?: Cut): Promise<GrubEnv> {
    this.file = new MemoryFile(this.file.bytes);
    this.file.cut = cut;
    return new GrubEnv(this.file, { counting: this.#counting, booted: this.booted });
  }

  async copy(): Promise<GrubMedium> {
    const copy = new GrubMedium(this.#counting, this.file.bytes);
    copy.booted = this.booted;
    return copy;
  }

  async truth(): Promise<string> {
    return Buffer.from(this.file.bytes ?? []).toString('latin1');
  }

  async boot(): Promise<SlotName | undefined> {
    const { slot, save } = decideGrubBoot(this.file.bytes ?? new Uint8Array(), {
      names: DEFAULT_BOOT_NAMES,
      counting: this.#counting,
      opens: { a: true, b: true },
    });
    const bytes = save === undefined ? undefined : encodeGrubBlock(save);
    if (bytes !== undefined) this.file.bytes = bytes;
    this.booted = slot ?? this.booted;
    return slot;
  }
}

describeBackend<GrubMedium>('grub-env', {
  cuts: CUT_REPLACEMENTS,
  factory: async () => {
    const medium = new GrubMedium('donabe');
    await (await medium.open()).initialise('a');
    return medium;
  },
  wear: {},
  lose: async ({ file }) => {
    file.bytes = new Uint8Array(1024);
  },
});
