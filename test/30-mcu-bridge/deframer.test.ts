/** Literal bytes on the line and what is heard: each case whole and byte by byte. */
import { describe, expect, it } from 'vitest';
import {
  type Deframed,
  Deframer,
  decodeFrame,
  encodeFrame,
  LinkError,
  NEED_MORE,
} from '../../mcu-bridge/index.ts';

/** Ping number 7 with token 0x44332211. */
const PING = '010501071122334486e0';
/** Status number 8, no fields. */
const STATUS = '01010308e36b';

const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));
const digits = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** `frame CMD PAYLOAD` and `REASON BYTES`, to be compared at a glance. */
function words(results: readonly Deframed[]): string[] {
  return results.map((result) =>
    result.kind === 'frame'
      ? `frame ${digits(Uint8Array.of(result.frame.command))} ${digits(result.frame.payload)}`
      : `${result.reason} ${digits(result.bytes)}`,
  );
}

const PING_HEARD = 'frame 01 0711223344';
const STATUS_HEARD = 'frame 03 08';

interface Case {
  readonly name: string;
  readonly line: string;
  readonly heard: readonly string[];
}

const CASES: readonly Case[] = [
  { name: 'one frame', line: PING, heard: [PING_HEARD] },
  { name: 'two frames in one piece', line: PING + STATUS, heard: [PING_HEARD, STATUS_HEARD] },
  { name: 'empty payload', line: '0100606ca6', heard: ['frame 60 '] },
  { name: 'garbage before a frame', line: `00ff7e${PING}`, heard: ['no-start 00ff7e', PING_HEARD] },
  {
    name: 'garbage between frames',
    line: `${PING}aabb${STATUS}`,
    heard: [PING_HEARD, 'no-start aabb', STATUS_HEARD],
  },
  { name: 'a lone SOH before a frame', line: `01${STATUS}`, heard: ['bad-crc 01', STATUS_HEARD] },
  { name: 'impossible length', line: `01f1${STATUS}`, heard: ['bad-length 01', 'no-start f1', STATUS_HEARD] },
  {
    name: 'wrong CRC, then a good frame',
    line: `01010308e360${STATUS}`,
    heard: ['bad-crc 0101', 'no-start 0308e360', STATUS_HEARD],
  },
  {
    name: 'a good frame inside a bad one',
    line: `010a20${STATUS}aaaaaaaaaaaa`,
    heard: ['bad-crc 01', 'no-start 0a20', STATUS_HEARD, 'no-start aaaaaaaaaaaa'],
  },
  {
    name: 'a good frame inside one that is never completed',
    line: `01f020${STATUS}`,
    heard: ['gap 01', 'no-start f020', STATUS_HEARD],
  },
  {
    name: 'half a frame',
    line: PING.slice(0, 10),
    heard: ['gap 01', 'no-start 05', 'gap 01', 'no-start 0711'],
  },
  {
    name: 'SOH inside a payload',
    line: digits(encodeFrame({ command: 0x20, payload: hex('0101010101') })),
    heard: ['frame 20 0101010101'],
  },
];

describe('deframer', () => {
  it.each(CASES)('$name', ({ line, heard }) => {
    const deframer = new Deframer();
    expect(words([...deframer.push(hex(line), 0), ...deframer.tick(51)])).toEqual(heard);
    expect(deframer.pending).toBe(false);
  });

  it.each(CASES)('$name, byte by byte', ({ line, heard }) => {
    const deframer = new Deframer();
    const results: Deframed[] = [];
    for (const byte of hex(line)) results.push(...deframer.push(Uint8Array.of(byte), 0));
    expect(words([...results, ...deframer.tick(51)])).toEqual(heard);
  });

  it('gives a frame out with its last byte, without waiting for silence', () => {
    const deframer = new Deframer();
    expect(deframer.push(hex(STATUS.slice(0, -2)), 0)).toEqual([]);
    expect(deframer.pending).toBe(true);
    expect(words(deframer.push(hex(STATUS.slice(-2)), 1))).toEqual([STATUS_HEARD]);
    expect(deframer.pending).toBe(false);
  });

  it('a gap of 50 ms is still one frame, a longer one ends it', () => {
    const patient = new Deframer();
    patient.push(hex(STATUS.slice(0, 6)), 1000);
    expect(words(patient.push(hex(STATUS.slice(6)), 1050))).toEqual([STATUS_HEARD]);
    const cut = new Deframer();
    cut.push(hex(STATUS.slice(0, 6)), 1000);
    expect(words(cut.push(hex(STATUS.slice(6)), 1050.5))).toEqual(['gap 0101', 'no-start 03']);
  });

  it('reports a long run of garbage in pieces of 256 bytes', () => {
    const deframer = new Deframer();
    const results = deframer.push(new Uint8Array(1000).fill(0xaa), 0);
    expect(results.map((result) => result.kind === 'discarded' && result.bytes.length)).toEqual([
      256, 256, 256,
    ]);
    expect(deframer.tick(100).map((result) => result.kind === 'discarded' && result.bytes.length)).toEqual([
      232,
    ]);
  });
});

describe('frame', () => {
  it('encodes ping as PROTOCOL.md shows it', () => {
    expect(digits(encodeFrame({ command: 0x01, payload: hex('0711223344') }))).toBe(PING);
  });

  it('needs more bytes until the last one', () => {
    for (let length = 0; length < PING.length; length += 2) {
      expect(decodeFrame(hex(PING.slice(0, length)))).toBe(NEED_MORE);
    }
  });

  it('takes 240 bytes of payload and refuses 241', () => {
    expect(encodeFrame({ command: 0x20, payload: new Uint8Array(240) })).toHaveLength(245);
    const tooLong = (): Uint8Array => encodeFrame({ command: 0x20, payload: new Uint8Array(241) });
    expect(tooLong).toThrow(LinkError);
    expect(tooLong).toThrow(/does not fit/);
  });

  it('refuses a command that is no byte', () => {
    for (const command of [-1, 256, 1.5]) {
      expect(() => encodeFrame({ command, payload: new Uint8Array(0) })).toThrow(LinkError);
    }
  });
});
