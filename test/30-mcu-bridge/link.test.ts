/** The link over a port in memory: order, limits, abort, and what happens when the port goes. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Command,
  encodeFrame,
  FieldWriter,
  type Frame,
  LINK_DEFAULTS,
  LinkError,
  McuLink,
  PING,
  REPLY_BIT,
} from '../../mcu-bridge/index.ts';
import { MemoryPort } from './memory-port.ts';

const YES = Uint8Array.of(1, 0, 0, 0);
/** So short that silence is told soon, so long that a busy machine answers in time. */
const IMPATIENT = { timeoutMs: 20, firstNumber: 1 };

const links: McuLink[] = [];
function connect(port: MemoryPort, options = {}): McuLink {
  const link = new McuLink(port, options);
  links.push(link);
  return link;
}
afterEach(async () => {
  for (const link of links.splice(0)) await link.close();
});

/** The reply to `request` with these fields. */
function replyTo(request: Frame, fields: Uint8Array): Uint8Array {
  const [number = 0] = request.payload;
  return encodeFrame({ command: request.command | REPLY_BIT, payload: Uint8Array.of(number, ...fields) });
}

/** Answers pings with their token and everything else with a yes. */
function obedient(port: MemoryPort): void {
  port.onFrame = (frame) => {
    port.feed(replyTo(frame, frame.command === PING.id ? frame.payload.subarray(1) : YES));
  };
}

describe('link', () => {
  it('asks one thing at a time and answers in order', async () => {
    const port = new MemoryPort();
    const asked: Frame[] = [];
    port.onFrame = (frame) => asked.push(frame);
    const link = connect(port, { firstNumber: 254 });
    const order: string[] = [];
    const all = Promise.all([
      link.mayReboot().then(() => order.push('reboot')),
      link.mayFlash().then(() => order.push('flash')),
      link.mayReboot().then(() => order.push('again')),
    ]);
    for (const next of [0, 1, 2]) {
      expect(asked).toHaveLength(next + 1);
      port.feed(...asked.slice(next).map((frame) => replyTo(frame, YES)));
    }
    await all;
    expect(order).toEqual(['reboot', 'flash', 'again']);
    expect(asked.map((frame) => frame.payload[0])).toEqual([254, 255, 0]);
  });

  it('a request without an answer is repeated, then MCU_SILENT; the next one is answered', async () => {
    const port = new MemoryPort();
    const link = connect(port, IMPATIENT);
    await expect(link.mayReboot()).rejects.toMatchObject({ code: 'MCU_SILENT', facts: { tries: 3 } });
    expect(port.written).toHaveLength(3);
    expect(new Set(port.written.map(String)).size).toBe(1);
    obedient(port);
    await expect(link.mayReboot()).resolves.toMatchObject({ allowed: true });
    expect(link.counters).toMatchObject({ repeated: 2, framesReceived: 1 });
  });

  it('hears a reply behind a stray SOH once the line is silent', async () => {
    const port = new MemoryPort();
    // A timeout that never comes: the silence alone has to end the false start.
    const link = connect(port, { gapMs: 5, timeoutMs: 60_000 });
    port.onFrame = (frame) => port.feed(Uint8Array.of(1, 200, 0), replyTo(frame, YES));
    await expect(link.mayReboot()).resolves.toMatchObject({ allowed: true });
    expect(link.counters.discardedBytes).toEqual({ 'no-start': 2, 'bad-length': 0, 'bad-crc': 0, gap: 1 });
  });

  it('refuses one request more than may wait', async () => {
    const port = new MemoryPort();
    const link = connect(port);
    const waiting = Array.from({ length: LINK_DEFAULTS.longestQueue + 1 }, () => link.mayReboot());
    await expect(link.mayReboot()).rejects.toMatchObject({ code: 'LINK_QUEUE_FULL', facts: { limit: 16 } });
    const ended = Promise.allSettled(waiting);
    await link.close();
    for (const result of await ended) expect(result).toMatchObject({ reason: { code: 'LINK_CLOSED' } });
  });

  it("an aborted question ends with the signal's reason, on the line or waiting", async () => {
    const port = new MemoryPort();
    const link = connect(port);
    const asked: Frame[] = [];
    port.onFrame = (frame) => asked.push(frame);
    const abort = new AbortController();
    const onLine = link.mayReboot(abort.signal);
    const waiting = link.mayReboot(abort.signal);
    const patient = link.mayFlash();
    const reason = new Error('the walk was cancelled');
    abort.abort(reason);
    await expect(onLine).rejects.toBe(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(link.mayReboot(abort.signal)).rejects.toBe(reason);
    // The late answer to the aborted question is stale; the patient one gets its own.
    expect(asked.map((frame) => frame.command)).toEqual([0x04, 0x05]);
    port.feed(...asked.map((frame) => replyTo(frame, YES)));
    await expect(patient).resolves.toMatchObject({ allowed: true });
    expect(link.counters.stale).toBe(1);
  });

  it('an unplugged port ends what is asked and what comes after', async () => {
    const port = new MemoryPort();
    const link = connect(port);
    const cause = new Error('gone');
    const [first, second] = [link.mayReboot(), link.mayReboot()];
    port.unplug(cause);
    for (const asked of [first, second, link.mayReboot()]) {
      await expect(asked).rejects.toMatchObject({ name: 'LinkError', code: 'MCU_PORT', cause });
    }
  });

  it('a write that fails is a port that failed', async () => {
    const port = new MemoryPort();
    port.failWrites = new LinkError('MCU_PORT', 'no such device');
    await expect(connect(port).mayReboot()).rejects.toBe(port.failWrites);
  });

  it('closes the port, and may be closed twice', async () => {
    const port = new MemoryPort();
    const link = connect(port);
    await link.close();
    await link.close();
    expect(port.closings).toBe(2);
    await expect(link.status()).rejects.toMatchObject({ code: 'LINK_CLOSED' });
  });

  it('ping measures, and a foreign token is no answer', async () => {
    const port = new MemoryPort();
    const link = connect(port);
    obedient(port);
    await expect(link.ping()).resolves.toBeGreaterThanOrEqual(0);
    port.onFrame = (frame) =>
      port.feed(replyTo(frame, Uint8Array.of(1, 2, 3, frame.payload[4] === 4 ? 5 : 4)));
    await expect(link.ping()).rejects.toMatchObject({ code: 'MCU_REPLY_MALFORMED' });
  });

  it('a request that fits into no frame is refused, and the link goes on', async () => {
    const port = new MemoryPort();
    const link = connect(port);
    obedient(port);
    const tooLong: Command<void, void> = {
      name: 'novel',
      id: 0x20,
      changesNothing: true,
      encodeRequest: () => new Uint8Array(240),
      decodeRequest: () => undefined,
      encodeReply: () => new Uint8Array(0),
      decodeReply: () => undefined,
    };
    await expect(link.ask(tooLong, undefined)).rejects.toMatchObject({ code: 'LINK_MISUSED' });
    await expect(link.ask({ ...tooLong, id: 0x60 }, undefined)).rejects.toMatchObject({
      code: 'LINK_MISUSED',
    });
    await expect(link.mayReboot()).resolves.toMatchObject({ allowed: true });
  });

  it('tells events to whoever listens, and no longer afterwards', async () => {
    const port = new MemoryPort();
    const link = connect(port);
    const heard: number[] = [];
    const stop = link.onEvent((event) => heard.push(event.number ?? -1));
    const event = (number: number): Uint8Array =>
      encodeFrame({ command: 0x60, payload: new FieldWriter().u8(number).u8(0).u8(0).finish() });
    port.feed(event(4), event(5));
    stop();
    port.feed(event(6));
    expect(heard).toEqual([4, 5]);
  });

  it('a line full of noise brings no error, only counted bytes', async () => {
    const port = new MemoryPort();
    const link = connect(port, { gapMs: 1 });
    port.feed(new Uint8Array(50_000).fill(0x55));
    obedient(port);
    await expect(link.mayReboot()).resolves.toMatchObject({ allowed: true });
    expect(link.counters.discardedBytes['no-start']).toBe(50_000);
  });
});
