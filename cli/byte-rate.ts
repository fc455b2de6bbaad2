/** A rate as people type it: `500k`, `1.5M`, `200000`. Must not know what is slowed down. */
import { InvalidArgumentError } from 'commander';

const RATE = /^(\d{1,9}(?:\.\d{1,3})?)([kKmMgG]?)$/;
/** As curl and wget count. */
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
/** A chunk has to arrive some day, and a pause between two pieces has to be one. */
const LEAST = 1024;

/** Bytes per second. Throws commander's InvalidArgumentError. */
export function parseByteRate(text: string): number {
  const [, number = '', unit = ''] = RATE.exec(text) ?? [];
  const rate = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? 1));
  if (number === '' || rate < LEAST) {
    throw new InvalidArgumentError('A rate is a number of bytes per second, 1k or more, as in 500k or 1.5M.');
  }
  return rate;
}
