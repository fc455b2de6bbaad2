/** The Android A/B block against the contract of every backend; what is its own stands in the other files. */
import { AndroidMisc, decideBoot, encodeAndroidBlock, type SlotName } from '../../bootctl/index.ts';
import { type Cut, describeBackend, type Medium } from './contract.ts';
import { CUT_WRITES, MemoryRegion } from './memory-region.ts';
import { BACKUP_AT, bootOnce, copies, MAIN_AT, MISC_BYTES } from './misc-image.ts';

class AndroidMedium implements Medium {
  region: MemoryRegion;

  constructor(bytes: Uint8Array | number) {
    this.region = new MemoryRegion(bytes);
  }

  get writes(): number {
    return this.region.writes.length;
  }

  async open(cut?: Cut): Promise<AndroidMisc> {
    this.region = new MemoryRegion(this.region.bytes);
    this.region.cutAt = cut?.at;
    this.region.cutWrite = CUT_WRITES.find((how) => how === cut?.how) ?? 'dropped';
    return new AndroidMisc(this.region);
  }

  async copy(): Promise<AndroidMedium> {
    return new AndroidMedium(this.region.bytes);
  }

  async truth(): Promise<string> {
    const { judged, counts } = decideBoot(...copies(this.region));
    const valid = judged !== undefined && counts !== 'default';
    return valid ? Buffer.from(encodeAndroidBlock(judged)).toString('hex') : counts;
  }

  async boot(): Promise<SlotName | undefined> {
    return bootOnce(this.region);
  }
}

describeBackend<AndroidMedium>('android-misc', {
  cuts: CUT_WRITES,
  factory: async () => {
    const medium = new AndroidMedium(MISC_BYTES);
    await (await medium.open()).initialise('a');
    return medium;
  },
  wear: {
    'main copy is bad': async ({ region }) => region.bytes.fill(0xa5, MAIN_AT, MAIN_AT + 32),
    'backup is bad': async ({ region }) => region.bytes.fill(0xa5, BACKUP_AT, BACKUP_AT + 32),
    'backup is one boot behind': async ({ region }) => bootOnce(region, { backup: false }),
  },
  lose: async ({ region }) => region.bytes.fill(0xa5),
});
