/** What the MCU says unasked: every layout, nonsense in it, and the simulator that says it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEvent,
  EVENT,
  encodeEvent,
  encodeFrame,
  explainFrame,
  KEY,
  LinkError,
  type McuEvent,
  McuLink,
} from '../../mcu-bridge/index.ts';
import { letTimeFly } from './flying-time.ts';
import { MemoryPort } from './memory-port.ts';
import { WiredMcu } from './wired-mcu.ts';

describe('an event', () => {
  it.each([
    [{ name: 'modeChanged', mode: 1, class: 'busy' } as const, [1, 2], { modeName: 'cooking' }],
    [{ name: 'modeChanged', mode: 77, class: 'ask' } as const, [77, 1], { modeName: 'unknown' }],
    [{ name: 'key', key: KEY.yes, code: 4711 } as const, [1, 0x67, 0x12], { keyName: 'yes' }],
    [{ name: 'key', key: 0x81, code: 0 } as const, [0x81, 0, 0], { keyName: 'key 129' }],
    [{ name: 'fault', faultCode: 7 } as const, [7, 0], {}],
  ])('%o', (event, bytes, words) => {
    const { command, fields } = encodeEvent(event);
    expect(command).toBe(EVENT[event.name]);
    expect([...fields]).toEqual(bytes);
    expect(decodeEvent(command, fields)).toEqual({ ...event, ...words });
  });

  it('of tomorrow is told with its bytes', () => {
    const fields = Uint8Array.of(1, 2, 3);
    expect(decodeEvent(0x6f, fields)).toEqual({ name: 'unknown', command: 0x6f, fields });
  });

  it('of any bytes is read or malformed, never anything else', () => {
    const numbers = fc.integer({ min: 0x60, max: 0x6f });
    fc.assert(
      fc.property(numbers, fc.uint8Array({ maxLength: 6 }), (command, fields) => {
        try {
          decodeEvent(command, fields);
        } catch (error) {
          expect(error).toBeInstanceOf(LinkError);
          expect(error).toMatchObject({ code: 'MCU_REPLY_MALFORMED' });
        }
      }),
    );
  });

  it.each([
    ['a mode of the wrong class', 0x60, [1, 0]],
    ['a class that there is not', 0x60, [99, 3]],
    ['a mode alone', 0x60, [1]],
    ['key 0', 0x61, [0, 0, 0]],
    ['a key of the wrong length', 0x61, [1, 0]],
    ['a fault of the wrong length', 0x62, [1, 0, 0]],
  ])('that makes no sense (%s) is counted, and the next one is heard', (_name, command, bytes) => {
    const port = new MemoryPort();
    const link = new McuLink(port);
    const heard: McuEvent[] = [];
    link.onEvent((event) => heard.push(event));
    port.feed(encodeFrame({ command, payload: Uint8Array.of(8, ...bytes) }));
    port.feed(encodeFrame({ command: 0x62, payload: Uint8Array.of(9, 3, 0) }));
    expect(heard).toEqual([{ name: 'fault', faultCode: 3, number: 9 }]);
    expect(link.counters.unexpected).toBe(1);
  });

  it('in a trace has its fields by name, and nonsense its problem', () => {
    const frame = (command: number, ...payload: number[]) => ({ command, payload: Uint8Array.from(payload) });
    expect(explainFrame(frame(0x61, 4, 2, 0x67, 0x12), true)).toMatchObject({
      from: 'mcu',
      role: 'event',
      name: 'key',
      number: 4,
      fields: { key: 2, keyName: 'no', code: 4711 },
    });
    expect(explainFrame(frame(0x62, 4, 1), true)).toMatchObject({
      problem: expect.stringContaining('2 bytes'),
    });
    expect(explainFrame(frame(0x20, 4, 0x67, 0x12, 60, 0), true)).toMatchObject({
      from: 'board',
      role: 'request',
      name: 'show-consent',
      fields: { code: 4711, seconds: 60 },
    });
    expect(explainFrame(frame(0xa1, 4, 1, 0x67, 0x12, 60, 0), true)).toMatchObject({
      role: 'reply',
      name: 'consent',
      fields: { state: 'shown', code: 4711, secondsLeft: 60 },
    });
  });
});

describe('the simulated MCU', () => {
  letTimeFly();

  it('tells its mode, its faults and its keys, each once and in order', () => {
    const wire = new WiredMcu();
    const heard: McuEvent[] = [];
    wire.connect().onEvent((event) => heard.push(event));
    wire.announce();
    expect(heard).toEqual([]);
    wire.press(KEY.no);
    wire.mcu.cooker.setMode('fault', performance.now());
    wire.announce();
    wire.mcu.cooker.setMode('idle', performance.now());
    wire.announce();
    wire.announce();
    expect(heard).toMatchObject([
      { name: 'key', keyName: 'no', code: 0, number: 0 },
      { name: 'modeChanged', modeName: 'fault', class: 'ask', number: 1 },
      { name: 'fault', faultCode: 7, number: 2 },
      { name: 'modeChanged', modeName: 'idle', number: 3 },
      { name: 'fault', faultCode: 0, number: 4 },
    ]);
  });

  it('counts no events where frames have no numbers', () => {
    const wire = new WiredMcu({ mcu: { numbered: false } });
    const heard: McuEvent[] = [];
    wire.connect({ numbered: false }).onEvent((event) => heard.push(event));
    wire.press(KEY.yes);
    expect(heard).toEqual([{ name: 'key', key: 1, keyName: 'yes', code: 0, number: undefined }]);
  });
});
