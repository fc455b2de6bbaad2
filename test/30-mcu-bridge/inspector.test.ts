/** What the inspector makes of a line: bytes with direction and time in, trace and figures out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryText, statisticsText } from '../../cli/mcu-trace.ts';
import {
  COMMAND,
  ERROR_REPLY,
  encodeFrame,
  FRAME_FORMAT,
  type HeardOn,
  Inspector,
  REPLY_BIT,
  RecordingReader,
  recordingHead,
  recordingRow,
  type TraceEntry,
} from '../../mcu-bridge/index.ts';

const frame = (command: number, ...payload: number[]): Uint8Array =>
  encodeFrame({ command, payload: Uint8Array.from(payload) });
const TOKEN = [0x11, 0x22, 0x33, 0x44];
const ping = (number: number): Uint8Array => frame(COMMAND.ping, number, ...TOKEN);
const pong = (number: number): Uint8Array => frame(COMMAND.ping | REPLY_BIT, number, ...TOKEN);
/** Without time and bytes: what a person would read. */
const words = (entries: readonly TraceEntry[]): string[] =>
  entries.map((entry) => entryText(entry, false).slice(15));

describe('the trace', () => {
  it('question and answer, with fields by name and the time that it took', () => {
    const inspector = new Inspector();
    const entries = [...inspector.hear('board', ping(7), 1000), ...inspector.hear('mcu', pong(7), 1012.5)];
    expect(entries.map((entry) => entryText(entry, true))).toEqual([
      '     1.000000  board > mcu  request ping #7 value=1144201745 [crc ok]\n               0711223344',
      '     1.012500  board < mcu  reply ping #7 value=1144201745 [after 12.5 ms, crc ok]\n               0711223344',
    ]);
  });

  it('on one wire the command tells who speaks', () => {
    const inspector = new Inspector();
    const event = frame(0x60, 0, 1, 2);
    const both = Buffer.concat([ping(1), pong(1), event]);
    expect(words(inspector.hear('line', both, 5))).toEqual([
      'board > mcu  request ping #1 value=1144201745 [crc ok]',
      'board < mcu  reply ping #1 value=1144201745 [after 0.0 ms, crc ok]',
      'board < mcu  event modeChanged #0 mode=1 modeName=cooking class=busy [crc ok]',
    ]);
  });

  it('refusals, commands of the product, repeats, late answers and nonsense', () => {
    const inspector = new Inspector();
    const said = [
      ...inspector.hear('board', frame(0x06, 1, 120, 0), 0),
      ...inspector.hear('board', frame(0x06, 1, 120, 0), 500),
      ...inspector.hear('mcu', frame(ERROR_REPLY, 1, 0x06, 4, 9, 0), 510),
      ...inspector.hear('mcu', frame(ERROR_REPLY, 1, 0x06, 4, 9, 0), 520),
      ...inspector.hear('board', frame(0x25, 2, 0xaa), 530),
      ...inspector.hear('mcu', frame(0x83, 3, 1, 2), 540),
      ...inspector.hear('mcu', frame(0x03), 550),
    ];
    expect(words(said)).toEqual([
      'board > mcu  request prepare-reboot #1 value=120 [crc ok]',
      'board > mcu  request prepare-reboot #1 value=120 [again, crc ok]',
      'board < mcu  refusal prepare-reboot #1 reason=notAllowed detail=9 [after 10.0 ms, crc ok]',
      'board < mcu  refusal prepare-reboot #1 reason=notAllowed detail=9 [stale, crc ok]',
      'board > mcu  request command 0x25 #2 [crc ok]',
      expect.stringContaining('reply status #3 [stale, malformed (The message makes no sense: 22 bytes'),
      expect.stringContaining('unknown status [malformed (a frame without a number)'),
    ]);
    expect(inspector.statistics).toMatchObject({
      frames: { board: 3, mcu: 4 },
      repeated: 1,
      unanswered: 1,
      refused: 2,
      stale: 2,
      malformed: 2,
      answers: { count: 1, p50: 10, most: 10 },
    });
  });

  it('an answered request that comes again is a repeat; its number after all others is not', () => {
    const inspector = new Inspector();
    const ask = (number: number, atMs: number): boolean => {
      const [entry] = inspector.hear('board', ping(number), atMs);
      inspector.hear('mcu', pong(number), atMs);
      return entry?.kind === 'frame' && entry.repeated;
    };
    expect([ask(5, 1), ask(5, 2)]).toEqual([false, true]);
    for (let number = 6; number < 5 + 256; number++) expect(ask(number & 0xff, number)).toBe(false);
    expect(ask(5, 300)).toBe(false);
    expect(inspector.statistics).toMatchObject({ repeated: 1, unanswered: 0, stale: 0 });
  });

  it('a number that is taken by another request leaves the first one unanswered', () => {
    const inspector = new Inspector();
    inspector.hear('board', ping(5), 1);
    inspector.hear('board', frame(COMMAND.status, 5), 2);
    expect(inspector.hear('mcu', pong(5), 3)).toMatchObject([{ stale: true, answerMs: undefined }]);
    expect(inspector.statistics).toMatchObject({ unanswered: 2, stale: 1 });
  });

  it('discarded bytes with the reason, and how often the thread was lost', () => {
    const inspector = new Inspector();
    const damaged = ping(1).map((byte, index) => (index === 5 ? byte ^ 1 : byte));
    const said = [
      ...inspector.hear('mcu', Uint8Array.of(0x55, 0x55), 0),
      ...inspector.hear('mcu', damaged, 1),
      ...inspector.hear('mcu', pong(1), 2),
      ...inspector.hear('mcu', Uint8Array.of(0x01, 0xf1), 3),
      ...inspector.hear('mcu', pong(2).subarray(0, 4), 4),
      ...inspector.tick(100),
    ];
    expect(words(said).map((text) => text.replace('board < mcu  ', ''))).toEqual([
      'discarded 2 bytes: no-start',
      'discarded 1 byte: bad-crc',
      'discarded 1 byte: no-start',
      // CMD and frame number are 01 too: each could have been a start.
      'discarded 2 bytes: bad-crc',
      'discarded 6 bytes: no-start',
      'reply ping #1 value=1144201745 [stale, crc ok]',
      'discarded 1 byte: bad-length',
      'discarded 1 byte: no-start',
      'discarded 1 byte: gap',
      'discarded 3 bytes: no-start',
    ]);
    expect(inspector.statistics.resyncs).toBe(2);
    const { discardedBytes } = inspector.statistics;
    expect(Object.values(discardedBytes).reduce((sum, bytes) => sum + bytes)).toBe(2 + 10 + 2 + 4);
  });

  it('a length above the largest payload of this line begins no frame, and none is made', () => {
    const format = { ...FRAME_FORMAT, maxPayload: 64 };
    const tooLong = { command: COMMAND.data, payload: new Uint8Array(65) };
    expect(() => encodeFrame(tooLong, format)).toThrowError(
      expect.objectContaining({ code: 'LINK_MISUSED' }),
    );
    const inspector = new Inspector({ format });
    expect(words(inspector.hear('mcu', Buffer.concat([Uint8Array.of(0x01, 65), pong(1)]), 0))).toEqual([
      'board < mcu  discarded 1 byte: bad-length',
      'board < mcu  discarded 1 byte: no-start',
      'board < mcu  reply ping #1 value=1144201745 [stale, crc ok]',
    ]);
  });

  it('without frame numbers', () => {
    const inspector = new Inspector({ numbered: false });
    inspector.hear('board', frame(0x01, ...TOKEN), 0);
    expect(words(inspector.hear('mcu', frame(0x81, ...TOKEN), 4))).toEqual([
      'board < mcu  reply ping value=1144201745 [after 4.0 ms, crc ok]',
    ]);
    inspector.hear('board', frame(0x01, ...TOKEN), 10);
    expect(inspector.statistics).toMatchObject({ repeated: 0, unanswered: 1 });
  });
});

describe('the figures', () => {
  it('utilisation is the share of the line rate, and percentiles are ranks', () => {
    const inspector = new Inspector({ baudRate: 9600, bitsPerByte: 10 });
    for (let number = 0; number < 100; number++) {
      inspector.hear('board', ping(number), number * 100);
      inspector.hear('mcu', pong(number), number * 100 + number + 1);
    }
    const { seconds, bytes, utilisation, answers } = inspector.statistics;
    expect(seconds).toBe(10);
    expect(bytes).toEqual({ board: 1000, mcu: 1000, line: 0 });
    expect(utilisation.board).toBeCloseTo(1000 / 9600, 10);
    expect(answers).toEqual({ count: 100, p50: 50, p90: 90, p99: 99, most: 100 });
    expect(statisticsText(inspector.statistics)).toContain(
      'p50 50.0, p90 90.0, p99 99.0, most 100.0 ms, of 100',
    );
  });

  it('a percentile is an answer that there was: of seven the fourth is the middle one', () => {
    const inspector = new Inspector();
    for (const ms of [70, 10, 60, 20, 50, 30, 40]) {
      inspector.hear('board', ping(ms), ms * 100);
      inspector.hear('mcu', pong(ms), ms * 100 + ms);
    }
    expect(inspector.statistics.answers).toEqual({ count: 7, p50: 40, p90: 70, p99: 70, most: 70 });
  });

  it('of nothing are zeros', () => {
    const inspector = new Inspector();
    expect(inspector.end()).toEqual([]);
    expect(inspector.statistics).toMatchObject({ seconds: 0, unanswered: 0, answers: undefined });
    expect(statisticsText(inspector.statistics)).toContain('answer times     none');
  });

  it('every byte that was heard is in a frame or discarded, whatever they are', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .uint8Array({ maxLength: 60 })
        .map((payload) => encodeFrame({ command: (payload[0] ?? 3) & 0xff, payload })),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom<HeardOn>('board', 'mcu', 'line'), piece)), (pieces) => {
        const inspector = new Inspector();
        const entries = pieces.flatMap(([on, bytes], at) => inspector.hear(on, bytes, at));
        entries.push(...inspector.end());
        const seen = entries.map((entry) =>
          entry.kind === 'frame' ? entry.frame.payload.length + 5 : entry.bytes.length,
        );
        const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);
        expect(sum(seen)).toBe(sum(pieces.map(([, bytes]) => bytes.length)));
        for (const entry of entries) expect(entryText(entry, true)).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a recorded line', () => {
  const LINE = {
    baudRate: 115_200,
    parity: 'even',
    format: { crc: 'modbus', byteOrder: 'low-first', maxPayload: 64 },
    numbered: false,
  } as const;

  it('comes back as it was, however its text is cut into pieces', () => {
    const piece = fc.record({
      on: fc.constantFrom<HeardOn>('board', 'mcu', 'line'),
      bytes: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 50 }), (pieces, step) => {
        const timed = pieces.map((one, index) => ({ ...one, atMs: index * 1.5 }));
        const text = recordingHead(LINE) + timed.map(recordingRow).join('');
        const reader = new RecordingReader();
        const read = [];
        for (let at = 0; at < text.length; at += step) read.push(...reader.push(text.slice(at, at + step)));
        expect(reader.end()).toBe(false);
        expect(reader.line).toEqual(LINE);
        expect(read).toEqual(timed);
      }),
    );
  });

  it('that was cut short is read up to its last whole row', () => {
    const reader = new RecordingReader();
    const text = `${recordingHead(LINE)}1.000 mcu 0102\n2.000 mcu 01`;
    expect(reader.push(text)).toEqual([{ atMs: 1, on: 'mcu', bytes: Uint8Array.of(1, 2) }]);
    expect(reader.end()).toBe(true);
  });

  const head = recordingHead(LINE);
  it.each([
    ['something else', 'hello\n', 1],
    ['an unknown version', head.replace('line 1', 'line 2'), 1],
    ['an unknown CRC', head.replace('modbus', 'crc7'), 1],
    ['a payload that no frame has', head.replace('=64', '=400'), 1],
    ['no baud rate', head.replace('115200', 'fast'), 1],
    ['odd digits', `${head}1.000 mcu 012\n`, 2],
    ['another wire', `${head}1.000 cat 01\n`, 2],
    ['a time that goes back', `${head}2.000 mcu 01\n1.000 mcu 01\n`, 3],
    ['a row without end', head + '0'.repeat(70_000), 1],
    ['nothing at all', '', 1],
    ['half a head', head.slice(0, 20), 1],
  ])('%s is refused with the row', (_name, text, row) => {
    const reader = new RecordingReader();
    const read = (): void => {
      reader.push(text);
      reader.end();
    };
    expect(read).toThrowError(expect.objectContaining({ code: 'MCU_RECORDING', facts: { row } }));
  });
});
