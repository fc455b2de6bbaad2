/** Rule 8, the whole table: every mode, every answer, every silence, every purpose, and the flash. */
import { describe, expect, it } from 'vitest';
import {
  type InterlockVerdict,
  judgeFlash,
  judgeReboot,
  type McuView,
  type RebootPurpose,
  SILENCE_BEFORE_ROLLBACK_MS,
  SILENCE_BEFORE_UPDATE_MS,
} from '../../agent/model/interlock.ts';
import {
  CLASS_OF_MODE,
  type McuStatus,
  MODE,
  type ModeClass,
  type ModeName,
} from '../../mcu-bridge/index.ts';

const PURPOSES: readonly RebootPurpose[] = ['update', 'rollback', 'forced'];
const MODES = Object.keys(CLASS_OF_MODE) as (keyof typeof CLASS_OF_MODE)[];

function status(modeName: ModeName, modeClass: ModeClass, minutesLeft = 0): McuStatus {
  return {
    mode: modeName === 'unknown' ? 99 : MODE[modeName],
    modeName,
    class: modeClass,
    lidOpen: undefined,
    heaterPercent: undefined,
    programme: 0,
    minutesLeft,
    faultCode: 0,
    supplyMillivolts: undefined,
    temperatures: { bottom: undefined, lid: undefined, board: undefined },
    uptimeSeconds: 1,
  };
}
const answered = (of: McuStatus, allowed: boolean) =>
  ({ kind: 'answered', status: of, allowed, reason: 'its own' }) as const;

describe.each(PURPOSES)('a reboot for an %s', (purpose) => {
  it.each(MODES)('in mode %s', (mode) => {
    const busy = mode === 'cooking' || mode === 'delayed-start';
    const of = status(mode, CLASS_OF_MODE[mode]);
    expect(judgeReboot(answered(of, true), purpose).go).toBe(!busy);
    expect(judgeReboot(answered(of, false), purpose).go).toBe(false);
  });

  it('in a mode that this agent does not know is judged by the frozen class', () => {
    const go = (of: ModeClass): boolean => judgeReboot(answered(status('unknown', of), true), purpose).go;
    expect({ free: go('free'), ask: go('ask'), busy: go('busy') }).toEqual({
      free: true,
      ask: true,
      busy: false,
    });
  });

  it('says why it waits, and how long the cooker still needs', () => {
    const verdict = judgeReboot(answered(status('cooking', 'busy', 12), true), purpose);
    expect(verdict).toEqual({
      go: false,
      reason: 'the cooker is busy: cooking, 12 min left',
      forbids: true,
    });
    expect(judgeReboot(answered(status('fault', 'ask'), false), purpose)).toMatchObject({
      reason: expect.stringContaining('its own'),
    });
  });

  it('of a product without an MCU is free', () => {
    expect(judgeReboot({ kind: 'absent' }, purpose).go).toBe(true);
  });
});

describe('a silent MCU', () => {
  const MINUTE = 60_000;
  const go = (silentMs: number, purpose: RebootPurpose): boolean =>
    judgeReboot({ kind: 'silent', silentMs }, purpose).go;

  it('holds a rollback for 15 minutes', () => {
    expect(SILENCE_BEFORE_ROLLBACK_MS).toBe(15 * MINUTE);
    expect(go(15 * MINUTE - 1, 'rollback')).toBe(false);
    expect(go(15 * MINUTE, 'rollback')).toBe(true);
  });

  it('holds an update for 24 hours', () => {
    expect(SILENCE_BEFORE_UPDATE_MS).toBe(24 * 60 * MINUTE);
    expect(go(15 * MINUTE, 'update')).toBe(false);
    expect(go(24 * 60 * MINUTE - 1, 'update')).toBe(false);
    expect(go(24 * 60 * MINUTE, 'update')).toBe(true);
  });
});

/** Rule 8 as it stands in the design: what a mode allows at most when the MCU itself says yes. */
const ALLOWS: Readonly<
  Record<keyof typeof CLASS_OF_MODE, { readonly reboot: boolean; readonly flash: boolean }>
> = {
  idle: { reboot: true, flash: true },
  'keep-warm': { reboot: true, flash: true },
  cooking: { reboot: false, flash: false },
  'delayed-start': { reboot: false, flash: false },
  fault: { reboot: true, flash: true },
  'boot-loader': { reboot: true, flash: true },
};

describe.each([
  ...PURPOSES.map((purpose) => ({
    wanted: 'reboot' as const,
    what: `a reboot for ${purpose}`,
    judge: (view: McuView) => judgeReboot(view, purpose),
  })),
  { wanted: 'flash' as const, what: 'a flash', judge: judgeFlash },
])('$what', ({ wanted, judge }) => {
  it.each(MODES)(
    'in mode %s goes when table and MCU say yes, and stands the deadline still when the mode says no',
    (mode) => {
      const modeClass = CLASS_OF_MODE[mode];
      for (const allowed of [true, false]) {
        const verdict: InterlockVerdict = judge(answered(status(mode, modeClass), allowed));
        const go = ALLOWS[mode][wanted] && allowed;
        expect(verdict.go, `the MCU says ${allowed}`).toBe(go);
        // A cooker that does nothing and says no all the same must not hold a trial up for ever.
        if (!verdict.go) expect(verdict.forbids).toBe(modeClass !== 'free');
      }
    },
  );

  it.each(['free', 'ask', 'busy'] as const)('in a mode that nobody knows, of class %s', (modeClass) => {
    for (const allowed of [true, false]) {
      const verdict = judge(answered(status('unknown', modeClass), allowed));
      expect(verdict.go).toBe(modeClass !== 'busy' && allowed);
      if (!verdict.go) expect(verdict.forbids).toBe(modeClass !== 'free');
    }
  });

  it('of a product without an MCU is free', () => {
    expect(judge({ kind: 'absent' }).go).toBe(true);
  });

  it('beside a silent MCU never stands the deadline still', () => {
    for (const silentMs of [0, 15 * 60_000 - 1, 15 * 60_000, 86_400_000 - 1, 86_400_000, 1e12]) {
      const verdict = judge({ kind: 'silent', silentMs });
      if (!verdict.go) expect(verdict.forbids).toBe(false);
      if (wanted === 'flash') expect(verdict.go, 'a silent MCU is never flashed').toBe(false);
    }
  });
});

it('a technician at the device reboots beside a silent MCU at once', () => {
  expect(judgeReboot({ kind: 'silent', silentMs: 0 }, 'forced').go).toBe(true);
});
