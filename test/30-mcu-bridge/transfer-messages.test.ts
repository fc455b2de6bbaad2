/** The bytes of the firmware transfer: literal, there and back, and nonsense. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ABORT,
  ACCEPT,
  ACTIVATE,
  BEGIN,
  COMMAND,
  type Command,
  DATA,
  DISCARD_OLD,
  LinkError,
  MOST_DATA,
  QUERY,
  shortDigest,
  VERIFY,
} from '../../mcu-bridge/index.ts';

const DIGEST = '00112233445566778899aabbccddeeff'.repeat(2);
const SHORT = '0011223344556677';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));

describe('literal bytes', () => {
  it('begin', () => {
    const begin = { size: 0x01020304, version: '2.5.259', restore: true, digest: DIGEST };
    const request = `04030201020005000301${'01'}${DIGEST}`;
    expect(hex(BEGIN.encodeRequest(begin))).toBe(request);
    expect(BEGIN.decodeRequest(bytes(request))).toEqual(begin);
    expect(BEGIN.encodeRequest(begin)).toHaveLength(43);
    const terms = { offset: 0x100, window: 8, mostBytes: 235, answerMs: 300 };
    expect(hex(BEGIN.encodeReply(terms))).toBe('0001000008eb2c01');
    expect(BEGIN.decodeReply(bytes('0001000008eb2c01'))).toEqual(terms);
  });

  it('data', () => {
    const data = { offset: 0x0a0b, bytes: bytes('c0ffee') };
    expect(hex(DATA.encodeRequest(data))).toBe('0b0a0000c0ffee');
    expect(DATA.decodeRequest(bytes('0b0a0000c0ffee'))).toEqual(data);
    expect(hex(DATA.encodeReply(0xfffffffe))).toBe('feffffff');
    expect(DATA.decodeReply(bytes('feffffff'))).toBe(0xfffffffe);
    expect(MOST_DATA).toBe(235);
  });

  it('query', () => {
    const transfer = {
      state: 'on-trial',
      previousKept: true,
      trialSecondsLeft: 258,
      offset: 5,
      size: 6,
      version: '1.2.3',
      digest: SHORT,
    } as const;
    const reply = `030102010500000006000000010002000300${SHORT}`;
    expect(hex(QUERY.encodeReply(transfer))).toBe(reply);
    expect(QUERY.decodeReply(bytes(reply))).toEqual(transfer);
    const none = QUERY.decodeReply(new Uint8Array(26));
    expect(none).toMatchObject({ state: 'none', previousKept: false, version: undefined, digest: undefined });
  });

  it('activate and accept', () => {
    expect(hex(ACTIVATE.encodeRequest({ trialSeconds: 300, digest: SHORT }))).toBe(`2c01${SHORT}`);
    expect(ACTIVATE.decodeRequest(bytes(`2c01${SHORT}`))).toEqual({ trialSeconds: 300, digest: SHORT });
    expect(hex(ACCEPT.encodeRequest(shortDigest(DIGEST)))).toBe(SHORT);
    expect(ACCEPT.decodeRequest(bytes(SHORT))).toBe(SHORT);
  });

  it('verify, discard-old and abort have no fields', () => {
    for (const command of [VERIFY, DISCARD_OLD, ABORT]) {
      expect(command.encodeRequest()).toHaveLength(0);
      expect(command.encodeReply()).toHaveLength(0);
    }
    expect([VERIFY.id, DISCARD_OLD.id, ABORT.id]).toEqual([
      COMMAND.verify,
      COMMAND.discardOld,
      COMMAND.abort,
    ]);
  });
});

describe('nonsense', () => {
  const malformed = expect.objectContaining({ name: 'LinkError', code: 'MCU_REPLY_MALFORMED' });
  const cases: [string, () => unknown][] = [
    ['a window of 0', () => BEGIN.decodeReply(bytes('00000000000a0000'))],
    ['no bytes per frame', () => BEGIN.decodeReply(bytes('0000000001000000'))],
    ['more bytes than fit', () => BEGIN.decodeReply(bytes('0000000001ec0000'))],
    ['a state that there is not', () => QUERY.decodeReply(Uint8Array.of(4, ...new Uint8Array(25)))],
    [
      'an offset behind the end',
      () => QUERY.decodeReply(Uint8Array.of(1, 0, 0, 0, 9, ...new Uint8Array(21))),
    ],
    ['data without bytes', () => DATA.decodeRequest(bytes('00000000'))],
  ];
  it.each(cases)('%s', (_name, decode) => {
    expect(decode).toThrow(malformed);
  });

  it('a begin that fits into no field is refused', () => {
    const begin = { size: 10, version: '1.2.3', restore: false, digest: DIGEST };
    for (const wrong of [{ size: -1 }, { size: 2 ** 32 }, { version: '1.2' }, { digest: SHORT }]) {
      expect(() => BEGIN.encodeRequest({ ...begin, ...wrong })).toThrow(
        expect.objectContaining({ code: 'LINK_MISUSED' }),
      );
    }
  });

  const decoders: [string, (fields: Uint8Array) => unknown][] = [
    BEGIN,
    DATA,
    QUERY,
    VERIFY,
    ACTIVATE,
    ACCEPT,
    DISCARD_OLD,
    ABORT,
  ].flatMap((command): [string, (fields: Uint8Array) => unknown][] => {
    const { name, decodeRequest, decodeReply } = command as Command<unknown, unknown>;
    return [
      [`${name} request`, decodeRequest],
      [`${name} reply`, decodeReply],
    ];
  });
  it.each(decoders)('%s: whatever bytes come, a value or our error', (_name, decode) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (fields) => {
        try {
          decode(fields);
        } catch (error) {
          expect(error).toBeInstanceOf(LinkError);
          expect(error).toMatchObject({ code: 'MCU_REPLY_MALFORMED' });
        }
      }),
      { numRuns: 300 },
    );
  });
});
