/** The transfer machine step by step: limits, nonsense from the MCU, and what it does with what comes too late. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LinkError,
  type McuTransfer,
  stepTransfer,
  TRANSFER_TRANSITIONS,
  type TransferEffect,
  type TransferInput,
  type TransferMachineState,
  type TransferRules,
} from '../../mcu-bridge/index.ts';

const DIGEST = '0123456789abcdef';
const RULES: TransferRules = { size: 500, digest: DIGEST, mostWindow: 8, mostBytes: 235, frameMs: 20 };
const START: TransferInput = { kind: 'start' };
const TIMEOUT: TransferInput = { kind: 'timeout' };
const DONE: TransferInput = { kind: 'done' };
const error = (code: 'MCU_SILENT' | 'MCU_BUSY' | 'MCU_REFUSED' | 'MCU_PORT', reason = '') =>
  new LinkError(code, code, { facts: { reason } });
const refused = (...args: Parameters<typeof error>): TransferInput => ({
  kind: 'refused',
  error: error(...args),
});
const dataRefused = (...args: Parameters<typeof error>): TransferInput => ({
  kind: 'data-refused',
  error: error(...args),
});
const begun = (offset: number, window = 2, mostBytes = 100): TransferInput => ({
  kind: 'begun',
  terms: { offset, window, mostBytes, answerMs: 50 },
});
const taken = (number: number, offset: number): TransferInput => ({ kind: 'taken', number, offset });
const located = (offset: number, changes: Partial<McuTransfer> = {}): TransferInput => ({
  kind: 'located',
  transfer: {
    state: 'receiving',
    previousKept: true,
    trialSecondsLeft: 0,
    offset,
    size: RULES.size,
    version: '2.5.0',
    digest: DIGEST,
    ...changes,
  },
});

function inWords(effect: TransferEffect): string {
  switch (effect.kind) {
    case 'ask':
      return effect.question;
    case 'send':
      return `${effect.number}: ${effect.offset}+${effect.length}`;
    case 'start-timer':
      return `timer ${effect.ms}`;
    case 'stop-timer':
      return 'stop';
    case 'progress':
      return `at ${effect.offset}`;
    case 'finish':
      return 'finished';
    case 'fail':
      return effect.error instanceof LinkError ? `fail ${effect.error.code}` : 'fail';
  }
}

/** Effects in words, one list per input. */
function play(...inputs: TransferInput[]): string[][] {
  let state: TransferMachineState = { kind: 'idle' };
  return inputs.map((input) => {
    const step = stepTransfer(state, input, RULES);
    state = step.state;
    return step.effects.map(inWords);
  });
}

const last = (...inputs: TransferInput[]): string[] | undefined => play(...inputs).at(-1);
/** 50 ms for the answer, twice 20 on the line, 250 to spare. */
const TIMER = 'timer 340';

describe('transfer machine', () => {
  it('fills the window, moves it by each reply, verifies at the end', () => {
    expect(play(START, begun(200), taken(0, 300), taken(1, 400), taken(2, 500), DONE)).toEqual([
      ['stop', 'begin'],
      ['at 200', '0: 200+100', '1: 300+100', TIMER],
      ['at 300', '2: 400+100', TIMER],
      ['at 400', TIMER],
      ['at 500', 'stop', 'verify'],
      ['finished'],
    ]);
  });

  it('one reply speaks for the frames before it', () => {
    expect(last(START, begun(0), taken(1, 200))).toEqual(['at 200', '2: 200+100', '3: 300+100', TIMER]);
  });

  it('goes back once when a frame is missing, and keeps what is under way within the window', () => {
    const [, , lost, outdated, again] = play(START, begun(0, 3), taken(1, 0), taken(2, 0), taken(3, 100));
    expect(lost).toEqual(['3: 0+100', '4: 100+100', TIMER]);
    expect(outdated).toEqual(['5: 200+100', TIMER]);
    expect(again).toEqual(['at 100', '6: 300+100', TIMER]);
  });

  it('goes back behind what was acknowledged when the MCU was reset', () => {
    const inputs = [START, begun(0), taken(0, 100), taken(1, 200), taken(2, 0)];
    expect(last(...inputs)).toEqual(['4: 0+100', TIMER]);
  });

  it('silence: asks where it is, and goes on there', () => {
    expect(last(START, begun(0), TIMEOUT)).toEqual(['stop', 'query']);
    expect(last(START, begun(0), TIMEOUT, located(100))).toEqual(['2: 100+100', '3: 200+100', TIMER]);
    expect(last(START, begun(0), TIMEOUT, located(500, { state: 'verified' }))).toEqual(['stop', 'verify']);
  });

  it.each<[string, Partial<McuTransfer>]>([
    ['no transfer is open', { state: 'none', size: 0, offset: 0, digest: undefined }],
    ['another one is open', { digest: 'ffffffffffffffff' }],
    ['something is on trial', { state: 'on-trial' }],
  ])('after silence, %s: begins again', (_name, changes) => {
    expect(last(START, begun(0), TIMEOUT, located(0, changes))).toEqual(['stop', 'begin']);
  });

  it('busy: asks the same again after a pause, but not for ever', () => {
    expect(last(START, refused('MCU_BUSY'))).toEqual(['timer 250']);
    expect(last(START, refused('MCU_BUSY'), TIMEOUT)).toEqual(['stop', 'begin']);
    expect(last(START, begun(500), refused('MCU_BUSY'), TIMEOUT)).toEqual(['stop', 'verify']);
    expect(last(START, begun(0), dataRefused('MCU_BUSY'), TIMEOUT)).toEqual(['stop', 'query']);
    const busy = Array.from({ length: 240 }, () => [refused('MCU_BUSY'), TIMEOUT]).flat();
    expect(last(START, ...busy)).toEqual(['stop', 'begin']);
    expect(last(START, ...busy, refused('MCU_BUSY'))).toEqual(['stop', 'fail MCU_BUSY']);
  });

  it('silence of a question: longer and longer pauses, then it is told', () => {
    const rounds = Array.from({ length: 8 }, () => [refused('MCU_SILENT'), TIMEOUT]).flat();
    const said = play(START, ...rounds, refused('MCU_SILENT'));
    const pauses = said.filter((words) => words[0]?.startsWith('timer')).map(([words]) => words);
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000, 4000].map((ms) => `timer ${ms}`));
    expect(said.at(-1)).toEqual(['stop', 'fail MCU_SILENT']);
  });

  it('a verify without an answer: looks first', () => {
    expect(last(START, begun(500), refused('MCU_SILENT'), TIMEOUT)).toEqual(['stop', 'query']);
  });

  it('an MCU that answers and never moves is given up', () => {
    const stuck = Array.from({ length: 8 }, (_, number) => taken(number, 0));
    expect(last(START, begun(0, 1), ...stuck)).toEqual(['8: 0+100', TIMER]);
    expect(last(START, begun(0, 1), ...stuck, taken(8, 0))).toEqual(['stop', 'fail MCU_SILENT']);
    const silent = Array.from({ length: 8 }, () => [TIMEOUT, located(0)]).flat();
    expect(last(START, begun(0), ...silent, TIMEOUT)).toEqual(['stop', 'fail MCU_SILENT']);
  });

  it('noTransfer in the middle begins again', () => {
    for (const input of [dataRefused('MCU_REFUSED', 'noTransfer')]) {
      expect(last(START, begun(0), input, TIMEOUT)).toEqual(['stop', 'begin']);
    }
    expect(last(START, begun(500), refused('MCU_REFUSED', 'noTransfer'), TIMEOUT)).toEqual(['stop', 'begin']);
  });

  it('a wrong digest: once more from 0 if a part was there before, else it is told', () => {
    const wrong = refused('MCU_REFUSED', 'wrongDigest');
    expect(last(START, begun(500), wrong)).toEqual(['stop', 'abort']);
    expect(last(START, begun(500), wrong, DONE)).toEqual(['stop', 'begin']);
    expect(last(START, begun(500), wrong, DONE, begun(500), wrong)).toEqual(['stop', 'fail MCU_REFUSED']);
    const whole = [begun(0, 8, 235), taken(2, 500)];
    expect(last(START, ...whole, wrong)).toEqual(['stop', 'fail MCU_REFUSED']);
  });

  it('an offset behind the end makes no sense', () => {
    expect(last(START, begun(501))).toEqual(['stop', 'fail MCU_REPLY_MALFORMED']);
    expect(last(START, begun(0), taken(0, 501))).toEqual(['stop', 'fail MCU_REPLY_MALFORMED']);
  });

  it('the other refusals, and a lost port, end it', () => {
    expect(last(START, refused('MCU_REFUSED', 'tooLarge'))).toEqual(['stop', 'fail MCU_REFUSED']);
    expect(last(START, begun(0), dataRefused('MCU_REFUSED', 'notAllowed'))).toEqual([
      'stop',
      'fail MCU_REFUSED',
    ]);
    expect(last(START, refused('MCU_PORT'))).toEqual(['stop', 'fail MCU_PORT']);
    expect(last(START, begun(0), { kind: 'broken', error: new Error('unread') })).toEqual(['stop', 'fail']);
  });

  it('what comes too late is nothing', () => {
    expect(last(START, begun(0), taken(77, 100))).toEqual([]);
    expect(last(START, taken(0, 100))).toEqual([]);
    expect(last(START, begun(0), TIMEOUT, taken(0, 100))).toEqual([]);
    const ended = [START, refused('MCU_PORT')];
    for (const late of [TIMEOUT, DONE, taken(0, 1), begun(0), refused('MCU_BUSY')]) {
      expect(last(...ended, late)).toEqual([]);
    }
    expect(Object.keys(TRANSFER_TRANSITIONS.ended)).toEqual([]);
  });

  it('the frame number wraps after 255', () => {
    let state: TransferMachineState = { kind: 'idle' };
    const rules = { ...RULES, size: 100_000 };
    const step = (input: TransferInput): readonly TransferEffect[] => {
      const next = stepTransfer(state, input, rules);
      state = next.state;
      return next.effects;
    };
    step(START);
    step(begun(0, 1));
    for (let frame = 0; frame < 300; frame++) {
      const effects = step(taken(frame & 0xff, 100 * (frame + 1)));
      expect(effects).toContainEqual({
        kind: 'send',
        number: (frame + 1) & 0xff,
        offset: 100 * (frame + 1),
        length: 100,
      });
    }
  });

  it('whatever an MCU answers: never more under way than the window, never beyond the end, always an end', () => {
    const answer = fc.oneof(
      fc.record({ kind: fc.constant('taken' as const), number: fc.nat(12), offset: fc.nat(520) }),
      fc.constant(TIMEOUT),
      fc.nat(500).map((offset) => located(offset)),
      fc.nat(520).map((offset) => begun(offset, 3)),
      fc.constant(DONE),
      fc.constantFrom(refused('MCU_BUSY'), refused('MCU_SILENT'), dataRefused('MCU_BUSY')),
    );
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 60 }), (answers) => {
        let state: TransferMachineState = { kind: 'idle' };
        for (const input of [START, ...answers]) {
          const step = stepTransfer(state, input, RULES);
          state = step.state;
          if (state.kind === 'sending') expect(state.sending.inFlight.length).toBeLessThanOrEqual(3);
          for (const effect of step.effects) {
            if (effect.kind === 'send') expect(effect.offset + effect.length).toBeLessThanOrEqual(RULES.size);
          }
          const waits = step.effects.some(({ kind }) => kind === 'ask' || kind === 'start-timer');
          const ends = step.effects.some(({ kind }) => kind === 'finish' || kind === 'fail');
          // A step that does something leaves an answer or a timer to wait for, or it is the end.
          if (step.effects.length > 0) expect(waits || ends).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
