/** Rule 9: which firmware belongs to an image, and how long a pair that could not be made is left alone. */
import { expect, it } from 'vitest';
import { belongs, PairKeeper, speaksCoreSet } from '../../agent/model/mcu-pair.ts';
import { type McuVersion, PROTOCOL_VERSION, shortDigest } from '../../mcu-bridge/index.ts';
import { firmware } from '../70-walk/stove.ts';

const image = firmware('2.4.0');
const own = { version: '2.4.0', size: image.size, sha256: image.digest, protocol: { lowest: 1, highest: 1 } };
const right: McuVersion = {
  protocol: { lowest: 1, highest: 1 },
  answering: 'application',
  keepsPrevious: true,
  hardware: { product: 1, revision: 1 },
  bootLoader: '1.0.0',
  firmware: '2.4.0',
  capacity: 1024,
  pageSize: 256,
  firmwareDigest: shortDigest(image.digest),
};

it('version and digest must both fit, and it must be what runs', () => {
  expect(belongs(own, right)).toBe(true);
  expect(belongs(own, { ...right, firmwareDigest: undefined }), 'an MCU that knows no digest').toBe(true);
  expect(belongs(own, { ...right, firmware: '2.4.1' })).toBe(false);
  const rebuilt = firmware('2.4.0', { seed: 99 });
  expect(belongs(own, { ...right, firmwareDigest: shortDigest(rebuilt.digest) })).toBe(false);
  expect(belongs(own, { ...right, answering: 'boot-loader' })).toBe(false);
  expect(belongs(own, { ...right, firmware: undefined })).toBe(false);
});

it('a protocol range is spoken when this agent is in it', () => {
  const speaks = (lowest: number, highest: number): boolean => speaksCoreSet({ lowest, highest });
  expect(speaks(PROTOCOL_VERSION, PROTOCOL_VERSION + 3)).toBe(true);
  expect(speaks(PROTOCOL_VERSION - 1, PROTOCOL_VERSION)).toBe(true);
  expect(speaks(PROTOCOL_VERSION + 1, PROTOCOL_VERSION + 3)).toBe(false);
  expect(speaks(0, PROTOCOL_VERSION - 1)).toBe(false);
});

it('a series that failed rests six hours, a pair that fits for ever', () => {
  const hour = 3_600_000;
  const pair = new PairKeeper();
  expect(pair.lookAgainIn(0)).toBe(Number.POSITIVE_INFINITY);
  pair.settled = false;
  expect(pair.rests(0)).toBe(false);
  expect(pair.lookAgainIn(0)).toBe(hour / 4);
  pair.seriesFailed(hour);
  expect(pair.rests(7 * hour - 1)).toBe(true);
  expect(pair.rests(7 * hour)).toBe(false);
  expect(pair.lookAgainIn(3 * hour)).toBe(4 * hour);
  pair.settled = true;
  expect(pair.rests(hour)).toBe(false);
});
