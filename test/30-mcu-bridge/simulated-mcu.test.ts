/** The simulated MCU without a terminal: cooking over time, rule 8's answers, repeated requests, faults by seed. */
import { describe, expect, it } from 'vitest';
import { Cooker, type CookerMode } from '../../fixtures/mcu/cooker.ts';
import { FaultyLine, NO_FAULTS } from '../../fixtures/mcu/faulty-line.ts';
import { SimulatedMcu } from '../../fixtures/mcu/simulated-mcu.ts';
import { decodeFrame, encodeFrame, NEED_MORE, PING, PREPARE_REBOOT, STATUS } from '../../mcu-bridge/index.ts';

const MINUTE = 60_000;

function reply(mcu: SimulatedMcu, atMs: number, command: number, ...payload: number[]): string {
  const frames = mcu.receive(encodeFrame({ command, payload: Uint8Array.from(payload) }), atMs);
  return frames
    .map((bytes) => {
      const decoded = decodeFrame(bytes);
      if (decoded === NEED_MORE || decoded.kind !== 'frame') return 'no frame';
      return `${decoded.frame.command.toString(16)}(${[...decoded.frame.payload].join(',')})`;
    })
    .join(' ');
}

describe('cooker', () => {
  it('cooks for its minutes and then keeps warm', () => {
    const cooker = new Cooker({ mode: 'cooking', minutes: 10, programme: 4 }, 1000);
    expect(cooker.status(1000)).toMatchObject({
      modeName: 'cooking',
      minutesLeft: 10,
      programme: 4,
      heaterPercent: 100,
    });
    expect(cooker.status(1000 + 9 * MINUTE + 1)).toMatchObject({ modeName: 'cooking', minutesLeft: 1 });
    expect(cooker.status(1000 + 10 * MINUTE)).toMatchObject({
      modeName: 'keep-warm',
      minutesLeft: 0,
      programme: 0,
    });
  });

  it('a delayed start cooks, however late one looks', () => {
    const setup = {
      mode: 'delayed-start',
      minutes: 720,
      delayedProgrammeMinutes: 50,
      afterCooking: 'idle',
    } as const;
    const cooker = new Cooker(setup, 0);
    expect(cooker.status(719 * MINUTE)).toMatchObject({
      modeName: 'delayed-start',
      minutesLeft: 1,
      heaterPercent: 0,
    });
    expect(cooker.status(730 * MINUTE)).toMatchObject({ modeName: 'cooking', minutesLeft: 40 });
    expect(new Cooker(setup, 0).status(9999 * MINUTE)).toMatchObject({ modeName: 'idle' });
  });

  it('a scaled minute', () => {
    const cooker = new Cooker({ mode: 'cooking', minutes: 5, minuteMs: 100 }, 0);
    expect(cooker.status(450)).toMatchObject({ minutesLeft: 1 });
    expect(cooker.status(500)).toMatchObject({ modeName: 'keep-warm' });
  });

  const RULE_8: readonly [CookerMode, reboot: boolean, flash: boolean][] = [
    ['idle', true, true],
    ['keep-warm', true, true],
    ['cooking', false, false],
    ['delayed-start', false, false],
    ['fault', false, false],
    ['boot-loader', true, true],
  ];
  it.each(RULE_8)('%s: reboot %s, flash %s', (mode, reboot, flash) => {
    const cooker = new Cooker({ mode }, 0);
    expect(cooker.mayReboot(0).allowed).toBe(reboot);
    expect(cooker.mayFlash(0).allowed).toBe(flash);
    if (!reboot) expect(cooker.mayReboot(0).reason).toBe(mode);
  });

  it('answers that the MCU decides', () => {
    expect(new Cooker({ mode: 'fault', faultAllowsReboot: true }, 0).mayReboot(0).allowed).toBe(true);
    expect(new Cooker({ mode: 'keep-warm', keepWarmAllowsFlash: false }, 0).mayFlash(0)).toMatchObject({
      allowed: false,
      reason: 'keep-warm',
    });
    const strange = new Cooker({}, 0);
    strange.setUnknownMode(42, 'busy');
    expect(strange.mayReboot(0)).toMatchObject({ allowed: false, reason: 'busy' });
    strange.setUnknownMode(42, 'free');
    expect(strange.mayReboot(0)).toMatchObject({ allowed: true });
  });
});

describe('simulated MCU', () => {
  it('a repeated prepare-reboot is answered and not executed twice', () => {
    const mcu = new SimulatedMcu(new Cooker({}, 0), 0);
    expect(reply(mcu, 0, PREPARE_REBOOT.id, 9, 120, 0)).toBe('86(9)');
    expect(reply(mcu, 500, PREPARE_REBOOT.id, 9, 120, 0)).toBe('86(9)');
    expect(mcu.preparedReboots).toBe(1);
    expect(reply(mcu, 600, PREPARE_REBOOT.id, 10, 120, 0)).toBe('86(10)');
    expect(mcu.preparedReboots).toBe(2);
  });

  it('forgets the reply after a ping and after ten seconds: that is another board, or the same one later', () => {
    const mcu = new SimulatedMcu(new Cooker({}, 0), 0);
    reply(mcu, 0, PREPARE_REBOOT.id, 9, 120, 0);
    expect(reply(mcu, 1, PING.id, 3, 1, 2, 3, 4)).toBe('81(3,1,2,3,4)');
    reply(mcu, 2, PREPARE_REBOOT.id, 9, 120, 0);
    expect(mcu.preparedReboots).toBe(2);
    reply(mcu, 10_002, PREPARE_REBOOT.id, 9, 120, 0);
    expect(mcu.preparedReboots).toBe(3);
  });

  it('refuses to prepare for a reboot while it cooks', () => {
    const mcu = new SimulatedMcu(new Cooker({ mode: 'cooking' }, 0), 0);
    expect(reply(mcu, 0, PREPARE_REBOOT.id, 9, 120, 0)).toBe('ff(9,6,4,0,0)');
    expect(mcu.preparedReboots).toBe(0);
  });

  it('refuses what it does not know or understand, and is silent to what is no request', () => {
    const mcu = new SimulatedMcu(new Cooker({}, 0), 0);
    expect(reply(mcu, 0, 0x0f, 9)).toBe('ff(9,15,1,0,0)');
    expect(reply(mcu, 0, STATUS.id, 9, 1)).toBe('ff(9,3,2,0,0)');
    expect(reply(mcu, 0, PREPARE_REBOOT.id, 9)).toBe('ff(9,6,2,0,0)');
    for (const command of [0x00, 0x60, 0x83, 0xff]) expect(reply(mcu, 0, command, 9)).toBe('');
    expect(reply(mcu, 0, STATUS.id)).toBe('');
  });

  it('without frame numbers', () => {
    const mcu = new SimulatedMcu(new Cooker({}, 0), 0, { numbered: false });
    expect(reply(mcu, 0, PING.id, 1, 2, 3, 4)).toBe('81(1,2,3,4)');
    expect(reply(mcu, 0, 0x0f)).toBe('ff(15,1,0,0)');
  });

  it('tells each change of mode once', () => {
    const mcu = new SimulatedMcu(new Cooker({ mode: 'cooking', minutes: 1 }, 0), 0);
    expect(mcu.events(MINUTE - 1)).toEqual([]);
    expect(mcu.events(MINUTE).map((bytes) => [...bytes.subarray(0, 6)])).toEqual([[1, 3, 0x60, 0, 2, 1]]);
    expect(mcu.events(MINUTE + 1)).toEqual([]);
  });

  it('says that its boot loader answers', () => {
    const mcu = new SimulatedMcu(new Cooker({ mode: 'boot-loader' }, 0), 0);
    expect(reply(mcu, 0, 0x02, 9)).toMatch(/^82\(9,1,1,2,/);
  });
});

describe('faulty line', () => {
  const FRAME = encodeFrame({ command: 0x83, payload: Uint8Array.of(1, 2, 3) });

  it('does nothing by default', () => {
    expect(new FaultyLine(1).pass(FRAME)).toEqual([FRAME]);
  });

  it('does on demand what is asked, once', () => {
    const line = new FaultyLine(7);
    for (const fault of ['drop', 'double', 'flip', 'garbage'] as const) line.faultNext(fault);
    expect(line.pass(FRAME)).toEqual([]);
    expect(line.pass(FRAME)).toEqual([FRAME, FRAME]);
    const [flipped = FRAME] = line.pass(FRAME);
    const differing = flipped.reduce((bits, byte, index) => bits + ones(byte ^ (FRAME[index] ?? 0)), 0);
    expect(differing).toBe(1);
    expect(line.pass(FRAME)).toHaveLength(2);
    expect(line.pass(FRAME)).toEqual([FRAME]);
  });

  it('does the same for the same seed, and something else for another', () => {
    const faults = { ...NO_FAULTS, drop: 0.3, flip: 0.3, double: 0.3, garbage: 0.3 };
    const play = (seed: number): string => {
      const line = new FaultyLine(seed, faults);
      return JSON.stringify(Array.from({ length: 50 }, () => line.pass(FRAME).map((bytes) => [...bytes])));
    };
    expect(play(3)).toBe(play(3));
    expect(play(3)).not.toBe(play(4));
  });

  it('a pulled cable', () => {
    const line = new FaultyLine(1);
    line.silent = true;
    expect(line.pass(FRAME)).toEqual([]);
  });
});

function ones(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length;
}
