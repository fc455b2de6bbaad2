/** A code on the cooker's display and the key that answers it, over a wire that loses things. */
import { describe, expect, it } from 'vitest';
import { CONSENT, CONSENT_POLL_MS, KEY, SHOW_CONSENT } from '../../mcu-bridge/index.ts';
import { letTimeFly, pass, soon } from './flying-time.ts';
import { WiredMcu, type WireOptions } from './wired-mcu.ts';

const CODE = 4711;

/** A wire, a link, and a question for consent on its way. */
function asking({ seconds = 60, ...options }: WireOptions & { seconds?: number } = {}) {
  const wire = new WiredMcu(options);
  const link = wire.connect();
  const abort = new AbortController();
  const answer = link.askConsent(CODE, seconds, abort.signal);
  return { wire, link, abort, answer, state: () => wire.mcu.display.state(performance.now()) };
}

describe('consent', () => {
  letTimeFly();

  it.each(['yes', 'no'] as const)('shows the code until the key %s answers it', async (key) => {
    const { wire, answer, state } = asking();
    await pass(10);
    expect(state()).toEqual({ state: 'shown', code: CODE, secondsLeft: 60 });
    const pressedAt = performance.now();
    wire.press(KEY[key]);
    expect(await soon(answer)).toBe(key);
    // By the event, not by the next look.
    expect(performance.now() - pressedAt).toBeLessThan(CONSENT_POLL_MS / 2);
  });

  it('learns of a key whose event was lost', async () => {
    const { wire, answer } = asking();
    await pass(10);
    wire.toBoard.faultNext('drop');
    wire.press(KEY.yes);
    expect(await soon(answer)).toBe('yes');
  });

  it('a key of the product is no answer', async () => {
    const { wire, answer, state } = asking({ seconds: 5 });
    await pass(10);
    wire.press(0x80);
    await pass(100);
    expect(state().state).toBe('shown');
    expect(await soon(answer)).toBe('timed-out');
  });

  it('nobody presses a key', async () => {
    const { answer, state } = asking({ seconds: 7 });
    const began = performance.now();
    expect(await soon(answer)).toBe('timed-out');
    expect(performance.now() - began).toBeGreaterThanOrEqual(7000);
    expect(performance.now() - began).toBeLessThan(7000 + 2 * CONSENT_POLL_MS);
    expect(state().state).toBe('timed-out');
  });

  it('is shown again, for the rest of its time, after the MCU was reset', async () => {
    const { wire, answer, state } = asking({ seconds: 60 });
    await pass(20_000);
    wire.mcu.reset(performance.now());
    expect(state().state).toBe('none');
    await pass(5000);
    expect(state()).toMatchObject({ state: 'shown', code: CODE });
    expect(state().secondsLeft).toBeLessThanOrEqual(36);
    wire.press(KEY.yes);
    expect(await soon(answer)).toBe('yes');
  });

  it('an answer that came while the board was away is not asked for again', async () => {
    const { wire, link, abort, answer } = asking();
    await pass(10);
    const lost = expect(answer).rejects.toMatchObject({ code: 'LINK_CLOSED' });
    await link.close();
    await soon(lost);
    wire.press(KEY.yes);
    abort.abort();
    const sent = wire.framesSent;
    expect(await soon(wire.connect().askConsent(CODE, 60))).toBe('yes');
    expect(wire.framesSent).toBe(sent + 1);
  });

  it('the answer to another code is none to this one', async () => {
    const { wire, link, answer } = asking();
    await pass(10);
    wire.press(KEY.yes);
    expect(await soon(answer)).toBe('yes');
    const other = link.askConsent(1, 4);
    await pass(10);
    expect(wire.mcu.display.state(performance.now())).toMatchObject({ state: 'shown', code: 1 });
    expect(await soon(other)).toBe('timed-out');
  });

  it('who asks no more hides the code', async () => {
    const { abort, answer, state } = asking();
    await pass(10);
    const reason = new Error('the release was withdrawn');
    abort.abort(reason);
    const ended = expect(answer).rejects.toBe(reason);
    await pass(100);
    await ended;
    expect(state().state).toBe('none');
  });

  it('a boot loader has no display', async () => {
    const { answer } = asking({ mcu: { version: { firmware: undefined } } });
    const refused = expect(answer).rejects.toMatchObject({
      code: 'MCU_REFUSED',
      facts: { reason: 'unknownCommand' },
    });
    await pass(1000);
    await refused;
  });

  it('through noise and loss', async () => {
    const faults = { drop: 0.1, flip: 0.1, double: 0.1, garbage: 0.1 };
    for (let seed = 1; seed <= 20; seed++) {
      const { wire, answer } = asking({ seed, faults });
      const settled = answer.catch((error: unknown) => error);
      await pass(3000);
      wire.press(KEY.yes);
      expect(['yes', expect.objectContaining({ code: 'MCU_SILENT' })]).toContainEqual(await soon(settled));
    }
  });

  it('a code that no display has, and no time at all, are the caller’s mistake', async () => {
    const link = new WiredMcu().connect();
    for (const [code, seconds] of [
      [0, 10],
      [10_000, 10],
      [1.5, 10],
      [1, 0],
      [1, 65_536],
    ] as const) {
      await expect(link.showConsent({ code, seconds })).rejects.toMatchObject({ code: 'LINK_MISUSED' });
    }
  });
});

describe('the layouts of consent', () => {
  it('are read as they were written', () => {
    const order = { code: 9999, seconds: 65_535 };
    expect(SHOW_CONSENT.decodeRequest(SHOW_CONSENT.encodeRequest(order))).toEqual(order);
    expect([...SHOW_CONSENT.encodeRequest({ code: 0x1234, seconds: 0x0506 })]).toEqual([0x34, 0x12, 6, 5]);
    for (const consent of [
      { state: 'none', code: 0, secondsLeft: 0 },
      { state: 'shown', code: 1, secondsLeft: 60 },
      { state: 'yes', code: 9999, secondsLeft: 0 },
    ] as const) {
      expect(CONSENT.decodeReply(CONSENT.encodeReply(consent))).toEqual(consent);
    }
  });

  it.each([
    ['a state that there is not', [5, 1, 0, 0, 0]],
    ['a yes to no code', [2, 0, 0, 0, 0]],
    ['a yes to a code that no display has', [2, 0x10, 0x27, 0, 0]],
    ['a code though nothing was shown', [0, 1, 0, 0, 0]],
    ['a yes that is still shown', [2, 1, 0, 9, 0]],
    ['too short', [1, 1, 0, 9]],
    ['too long', [1, 1, 0, 9, 0, 0]],
  ])('%s is no consent', (_name, bytes) => {
    expect(() => CONSENT.decodeReply(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: 'MCU_REPLY_MALFORMED' }),
    );
  });

  it.each([
    ['code 0', [0, 0, 1, 0]],
    ['code 10000', [0x10, 0x27, 1, 0]],
    ['no time', [1, 0, 0, 0]],
    ['too short', [1, 0, 1]],
  ])('%s is shown by no MCU', (_name, bytes) => {
    expect(() => SHOW_CONSENT.decodeRequest(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: 'MCU_REPLY_MALFORMED' }),
    );
  });
});
