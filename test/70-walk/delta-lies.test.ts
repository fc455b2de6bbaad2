/** Delta packs that lie, signed and with fitting digests: the full frame of what they lie about, or a refusal. */
import { brotliCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Device, update } from '../../agent/index.ts';
import { encodeDeltaFrame } from '../../format/index.ts';
import { CHUNK, editedImages, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { counted } from './counted-source.ts';
import { type Forged, type Forgery, forge } from './forged-delta.ts';
import { codeOf, DAEMON, type Published, World } from './world.ts';

/** A delta that is withheld, a copy, a delta, noise, a copy. */
const CHUNKS = 5;
/** Its delta frame is replaced; in both slot classes. */
const LIED_ABOUT = 2;

let folder: LabFolder;
let factory: Published;
let images: Record<string, Uint8Array>;
let world: World;
let releases = 1;
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await labFolder(CHUNKS);
  factory = await folder.publish('1.0.0', 1);
  images = editedImages(factory, 5);
});
afterAll(() => folder.remove());
afterEach(() => world.dispose());

/** A release with the same images as always, and these packs. */
async function forged(forgery: Forgery): Promise<Published> {
  releases += 1;
  const release = await folder.publish(`2.0.${releases}`, releases, {}, { images, base: factory });
  await forge(folder, release, forgery);
  return release;
}

interface Told {
  readonly end: string;
  readonly falls: number;
  readonly planned: Readonly<Record<string, unknown>>;
  readonly device: Device;
}

async function tell(release: Published): Promise<Told> {
  world = await World.create(folder.keys, factory, release);
  const device = await world.boot();
  let falls = 0;
  let planned: Told['planned'] = {};
  device.reporter.on('progressed', (event) => {
    falls = event.falls;
  });
  device.reporter.on('happened', ({ name, facts }) => {
    if (name === 'update-planned') planned = facts;
  });
  const end = await codeOf(world.walk(device, release));
  return { end: end.replace('no error but ', ''), falls, planned, device };
}

/** A frame of the `delta` codec in the place of one honest frame. */
const instead =
  (frame: Uint8Array) =>
  (chunk: number, honest: Forged & { readonly length: number }): Forged =>
    chunk === LIED_ABOUT ? { entry: { digest: honest.entry.digest, codec: 'delta' }, frame } : honest;

async function deltaFrame(
  ...operations: Parameters<typeof encodeDeltaFrame>[0] extends Iterable<infer O> ? O[] : never
) {
  const frame = await encodeDeltaFrame(operations, 1);
  if (frame === undefined) throw new Error('the format refuses this lie by itself');
  return frame.bytes;
}

const LIES: readonly [what: string, make: (length: number) => Uint8Array | Promise<Uint8Array>][] = [
  ['is no brotli', () => Uint8Array.from({ length: 500 }, (_, at) => at * 7)],
  ['is a decompression bomb', () => brotliCompressSync(new Uint8Array(64 * 1024 * 1024))],
  ['makes less than its chunk', () => deltaFrame({ kind: 'data', bytes: new Uint8Array(10) })],
  ['makes more than its chunk', (length) => deltaFrame({ kind: 'data', bytes: new Uint8Array(length + 1) })],
  ['copies from behind the base', (length) => deltaFrame({ kind: 'copy', source: CHUNKS * CHUNK, length })],
  ['copies over the end of the base', (length) => deltaFrame({ kind: 'copy', source: 4 * CHUNK, length })],
  ['copies from beyond 2^32', (length) => deltaFrame({ kind: 'copy', source: 2 ** 32 + 2 * CHUNK, length })],
  ['makes other bytes than its chunk', (length) => deltaFrame({ kind: 'copy', source: 0, length })],
];

describe('a frame that', () => {
  it.each(LIES)('%s costs the full frame of its chunk, and nothing else', async (_what, make) => {
    const lie = await make(CHUNK);
    const release = await forged({ chunk: instead(lie) });
    const { end, falls, planned } = await tell(release);
    expect(end).toBe('reset');
    expect(planned).toMatchObject({ delta: 6, copy: 4 });
    expect(falls).toBe(2);
    expect(world.contentOf('b')).toBe(release);
    expect((await world.record()).failures).toEqual([]);
  });

  const nines = (length: number): Uint8Array => new Uint8Array(length).fill(9);
  const WHOLE = [
    ['brotli', (length: number) => brotliCompressSync(nines(length))],
    ['raw', nines],
  ] as const;

  it.each(WHOLE)('is whole by itself (%s) and holds other bytes costs the same', async (codec, make) => {
    const release = await forged({
      chunk: (chunk, honest) =>
        chunk === LIED_ABOUT
          ? { entry: { digest: honest.entry.digest, codec }, frame: make(honest.length) }
          : honest,
    });
    expect(await tell(release)).toMatchObject({ end: 'reset', falls: 2 });
    expect(world.contentOf('b')).toBe(release);
  });

  it.each(WHOLE)(
    'lies in the full pack (%s) ends the deployment: there is no other way left',
    async (codec, make) => {
      const release = await forged({
        pack: 'full',
        chunk: (chunk, honest) =>
          chunk === 3
            ? { entry: { digest: honest.entry.digest, codec }, frame: make(honest.length) }
            : honest,
      });
      const source = counted(release.published);
      world = await World.create(folder.keys, factory, release);
      const device = await world.boot();
      await device.vault.write({ ...(await world.record()), seals: {} });
      expect(await codeOf(update(device, source, DAEMON, never))).toBe('PAYLOAD_REJECTED');
      const { b } = (await world.bootControl().read()).slots;
      expect([b.bootable, world.beheaded('b')]).toEqual([false, true]);
    },
  );
});

describe('a delta index that', () => {
  const noDelta = { end: 'reset', falls: 0, planned: { delta: 0, copy: 4, full: 6 } };

  it('is for another base than the manifest says is dropped before the slot is opened', async () => {
    const release = await forged({ base: { size: 12_345, digest: 'ab'.repeat(32) } });
    expect(await tell(release)).toMatchObject(noDelta);
    expect(world.said()).toMatch(/delta-dropped: .* is for another base/);
    expect(world.contentOf('b')).toBe(release);
  });

  it('has other chunks than the full one is dropped', async () => {
    const release = await forged({
      chunk: (chunk, { entry, frame }) =>
        chunk === 3 ? { entry: { ...entry, digest: 'cd'.repeat(32) }, frame } : { entry, frame },
    });
    expect(await tell(release)).toMatchObject(noDelta);
    expect(world.said()).toMatch(/delta-dropped: .* has another chunk 3/);
    expect(world.contentOf('b')).toBe(release);
  });
});

/** What a chunk of the new image is, compared with the booted one, and what lies at its place in the slot. */
const piece = fc.record({
  image: fc.constantFrom('same', 'edited', 'noise', 'zero'),
  slot: fc.constantFrom('noise', 'old', 'new', 'zero'),
});

it('any mix of equal, changed, new and empty chunks over any old content ends byte for byte right', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { minLength: CHUNKS, maxLength: CHUNKS }),
      fc.integer({ min: 1, max: 1_000_000 }),
      async (pieces, seed) => {
        const mixed: Record<string, Uint8Array> = {};
        for (const [slotClass, old] of Object.entries(factory.images)) {
          const image = Uint8Array.from(old);
          for (const [chunk, { image: kind }] of pieces.entries()) {
            const part = image.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
            if (kind === 'edited') part.set([seed % 256, 1, 2, 3], seed % (part.length - 4));
            if (kind === 'noise') part.set(noise(part.length, seed + chunk));
            if (kind === 'zero') part.fill(0);
          }
          mixed[slotClass] = image;
        }
        releases += 1;
        const release = await folder.publish(
          `3.0.${releases}`,
          releases,
          {},
          { images: mixed, base: factory },
        );
        world = await World.create(folder.keys, factory, release);
        for (const [slotClass, disk] of Object.entries(world.disks.b)) {
          const handle = disk.open();
          for (const [chunk, { slot }] of pieces.entries()) {
            const place = [chunk * CHUNK, (chunk + 1) * CHUNK] as const;
            const from =
              slot === 'new' ? mixed[slotClass] : slot === 'old' ? factory.images[slotClass] : undefined;
            const bytes = from?.slice(...place) ?? (slot === 'zero' ? new Uint8Array(100) : undefined);
            if (bytes !== undefined) await handle.write(place[0], bytes);
          }
          await handle.flush();
        }
        expect(await codeOf(world.walk(await world.boot(), release))).toBe('no error but reset');
        expect(world.contentOf('b')).toBe(release);
        expect(world.contentOf('a')).toBe(factory);
        world.dispose();
      },
    ),
    { numRuns: 12 },
  );
});

function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % 256;
  });
}
