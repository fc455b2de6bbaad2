/**
 * Random Android blocks for property tests: whole ones with any field values, damaged ones, and noise. Whole ones
 * get their CRC from `independentCrc32`, not from the code under test.
 */
import fc from 'fast-check';

const BLOCK_BYTES = 32;
const CRC_AT = 28;
const MAGIC = [0x42, 0x43, 0x41, 0x42];

/** CRC-32 as its definition says it: bit by bit, reflected polynomial, both complements. */
export function independentCrc32(bytes: Iterable<number>): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** The block with its last four bytes replaced by the right CRC. */
export function sealed(bytes: Uint8Array): Uint8Array {
  const block = bytes.slice(0, BLOCK_BYTES);
  new DataView(block.buffer).setUint32(CRC_AT, independentCrc32(block.subarray(0, CRC_AT)), true);
  return block;
}

const noise = fc.uint8Array({ minLength: BLOCK_BYTES, maxLength: BLOCK_BYTES });

/** Right CRC, magic and version; two slots; slots c and d empty; the rest is anything. */
export const twoSlotBlocks = noise.map((bytes) => {
  const block = Uint8Array.from(bytes);
  block.set(MAGIC, 4);
  block[8] = 1;
  block[9] = ((block[9] ?? 0) & ~7) | 2;
  block.fill(0, 16, 20);
  return sealed(block);
});

/** Right CRC, magic and version; any number of slots, any slots. */
export const wholeBlocks = noise.map((bytes) => {
  const block = Uint8Array.from(bytes);
  block.set(MAGIC, 4);
  block[8] = 1;
  return sealed(block);
});

const strangeBlocks = fc
  .tuple(wholeBlocks, fc.integer({ min: 4, max: 8 }), fc.integer({ min: 0, max: 255 }))
  .map(([bytes, at, value]) => {
    const block = Uint8Array.from(bytes);
    block[at] = value;
    return sealed(block);
  });

const damagedBlocks = fc
  .tuple(twoSlotBlocks, fc.nat(BLOCK_BYTES - 1), fc.integer({ min: 1, max: 255 }))
  .map(([bytes, at, flip]) => {
    const block = Uint8Array.from(bytes);
    block[at] = (block[at] ?? 0) ^ flip;
    return block;
  });

/** Everything that may lie where a block should: mostly whole ones. */
export const blocks = fc.oneof(
  { weight: 4, arbitrary: twoSlotBlocks },
  { weight: 1, arbitrary: wholeBlocks },
  { weight: 2, arbitrary: damagedBlocks },
  { weight: 1, arbitrary: strangeBlocks },
  { weight: 1, arbitrary: noise },
  { weight: 1, arbitrary: fc.constant(new Uint8Array(BLOCK_BYTES)) },
);
