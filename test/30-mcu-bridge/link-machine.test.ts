/** The request machine, step by step, without a clock. */
import { describe, expect, it } from 'vitest';
import {
  decodeFrame,
  ERROR_REPLY,
  FRAME_FORMAT,
  type Frame,
  type LinkEffect,
  LinkError,
  type LinkInput,
  type LinkRequest,
  type LinkRules,
  type LinkState,
  NEED_MORE,
  REFUSAL,
  startLink,
  stepLink,
} from '../../mcu-bridge/index.ts';

const RULES: LinkRules = { timeoutMs: 500, tries: 3, numbered: true, format: FRAME_FORMAT };
const BARE: LinkRules = { ...RULES, numbered: false };
const STATUS: LinkRequest = {
  command: 0x03,
  name: 'status',
  fields: new Uint8Array(0),
  changesNothing: true,
};
const PREPARE: LinkRequest = {
  command: 0x06,
  name: 'prepare-reboot',
  fields: Uint8Array.of(1, 0),
  changesNothing: false,
};

const frame = (command: number, ...payload: number[]): LinkInput => ({
  kind: 'frame',
  frame: { command, payload: Uint8Array.from(payload) },
});
const request = (what: LinkRequest): LinkInput => ({ kind: 'request', request: what });
const TIMEOUT: LinkInput = { kind: 'timeout' };
const CANCEL: LinkInput = { kind: 'cancel' };
const GONE = new LinkError('MCU_PORT', 'unplugged');
const CLOSE: LinkInput = { kind: 'close', error: GONE };

/** Effects in words, one list per input, and where the machine ends up. */
function play(
  inputs: readonly LinkInput[],
  rules: LinkRules = RULES,
  first = 9,
): { said: string[][]; state: LinkState } {
  let state = startLink(first);
  const said = inputs.map((input) => {
    const step = stepLink(state, input, rules);
    state = step.state;
    return step.effects.map(inWords);
  });
  return { said, state };
}

function inWords(effect: LinkEffect): string {
  switch (effect.kind) {
    case 'send':
      return `send ${describeFrame(sent(effect.bytes))}`;
    case 'start-timer':
      return `timer ${effect.ms}`;
    case 'stop-timer':
      return 'stop';
    case 'reply':
      return `reply ${[...effect.fields].join(',')}`;
    case 'fail':
      return `fail ${effect.error.code}`;
    case 'event':
      return `event ${effect.event.command} no ${effect.event.number}: ${[...effect.event.fields].join(',')}`;
    case 'count':
      return effect.what;
  }
}

function sent(bytes: Uint8Array): Frame {
  const decoded = decodeFrame(bytes);
  if (decoded === NEED_MORE || decoded.kind !== 'frame') throw new Error('the machine sent no frame');
  return decoded.frame;
}

function describeFrame({ command, payload }: Frame): string {
  return `${command}(${[...payload].join(',')})`;
}

const ASKED = ['send 3(9)', 'timer 500'];

const CASES: readonly { name: string; inputs: readonly LinkInput[]; said: string[][]; rules?: LinkRules }[] =
  [
    {
      name: 'answered at once',
      inputs: [request(STATUS), frame(0x83, 9, 7, 8)],
      said: [ASKED, ['stop', 'reply 7,8']],
    },
    {
      name: 'lost reply: the same number again, then the answer',
      inputs: [request(STATUS), TIMEOUT, frame(0x83, 9, 1)],
      said: [ASKED, ['repeated', ...ASKED], ['stop', 'reply 1']],
    },
    {
      name: 'silence: three tries, then the caller is told',
      inputs: [request(STATUS), TIMEOUT, TIMEOUT, TIMEOUT],
      said: [ASKED, ['repeated', ...ASKED], ['repeated', ...ASKED], ['fail MCU_SILENT']],
    },
    {
      name: 'late reply: both tries are answered, the second answer is stale',
      inputs: [
        request(STATUS),
        TIMEOUT,
        frame(0x83, 9, 1),
        frame(0x83, 9, 2),
        request(STATUS),
        frame(0x83, 10, 3),
      ],
      said: [
        ASKED,
        ['repeated', ...ASKED],
        ['stop', 'reply 1'],
        ['stale'],
        ['send 3(10)', 'timer 500'],
        ['stop', 'reply 3'],
      ],
    },
    {
      name: 'a late reply to the question before does not answer this one',
      inputs: [
        request(STATUS),
        TIMEOUT,
        TIMEOUT,
        TIMEOUT,
        request(STATUS),
        frame(0x83, 9, 1),
        frame(0x83, 10, 2),
      ],
      said: [
        ASKED,
        ['repeated', ...ASKED],
        ['repeated', ...ASKED],
        ['fail MCU_SILENT'],
        ['send 3(10)', 'timer 500'],
        ['stale'],
        ['stop', 'reply 2'],
      ],
    },
    {
      name: 'doubled reply: the second is counted and dropped',
      inputs: [request(STATUS), frame(0x83, 9), frame(0x83, 9)],
      said: [ASKED, ['stop', 'reply '], ['stale']],
    },
    {
      name: 'a reply to another command is not ours',
      inputs: [request(STATUS), frame(0x82, 9, 1), frame(0x83, 9, 1)],
      said: [ASKED, ['stale'], ['stop', 'reply 1']],
    },
    {
      name: 'our own echo is not a reply',
      inputs: [request(STATUS), frame(0x03, 9), frame(0x83, 9, 1)],
      said: [ASKED, ['unexpected'], ['stop', 'reply 1']],
    },
    {
      name: 'a reply without a number',
      inputs: [request(STATUS), frame(0x83)],
      said: [ASKED, ['unexpected']],
    },
    {
      name: 'refused',
      inputs: [request(STATUS), frame(ERROR_REPLY, 9, 0x03, REFUSAL.notAllowed, 0, 0)],
      said: [ASKED, ['stop', 'fail MCU_REFUSED']],
    },
    {
      name: 'busy',
      inputs: [request(STATUS), frame(ERROR_REPLY, 9, 0x03, REFUSAL.busy, 0, 0)],
      said: [ASKED, ['stop', 'fail MCU_BUSY']],
    },
    {
      name: 'an error reply of the wrong length',
      inputs: [request(STATUS), frame(ERROR_REPLY, 9, 0x03)],
      said: [ASKED, ['stop', 'fail MCU_REPLY_MALFORMED']],
    },
    {
      name: 'an error reply to another command, or to an older request',
      inputs: [request(STATUS), frame(ERROR_REPLY, 9, 0x02, 1, 0, 0), frame(ERROR_REPLY, 8, 0x03, 1, 0, 0)],
      said: [ASKED, ['stale'], ['stale']],
    },
    {
      name: 'events are told apart from the reply',
      inputs: [frame(0x60, 200, 1, 2), request(STATUS), frame(0x61, 9, 5), frame(0x83, 9, 1)],
      said: [['event 96 no 200: 1,2'], ASKED, ['event 97 no 9: 5'], ['stop', 'reply 1']],
    },
    {
      name: 'the caller wants no answer any more',
      inputs: [request(STATUS), CANCEL, frame(0x83, 9, 1), request(STATUS)],
      said: [ASKED, ['stop'], ['stale'], ['send 3(10)', 'timer 500']],
    },
    {
      name: 'the port goes while an answer is awaited, and stays gone',
      inputs: [request(STATUS), CLOSE, request(STATUS), frame(0x83, 9), TIMEOUT, CANCEL, CLOSE],
      said: [ASKED, ['stop', 'fail MCU_PORT'], ['fail MCU_PORT'], [], [], [], []],
    },
    {
      name: 'the port goes while nothing is asked',
      inputs: [CLOSE, request(STATUS)],
      said: [[], ['fail MCU_PORT']],
    },
    { name: 'a timeout or a cancel that comes too late', inputs: [TIMEOUT, CANCEL], said: [[], []] },
    {
      name: 'what changes something is repeated under its number',
      inputs: [request(PREPARE), TIMEOUT, frame(0x86, 9)],
      said: [
        ['send 6(9,1,0)', 'timer 500'],
        ['repeated', 'send 6(9,1,0)', 'timer 500'],
        ['stop', 'reply '],
      ],
    },
    {
      name: 'bare: no number on the line, a question is repeated',
      rules: BARE,
      inputs: [request(STATUS), TIMEOUT, frame(0x83, 7)],
      said: [
        ['send 3()', 'timer 500'],
        ['repeated', 'send 3()', 'timer 500'],
        ['stop', 'reply 7'],
      ],
    },
    {
      name: 'bare: what changes something is sent once',
      rules: BARE,
      inputs: [request(PREPARE), TIMEOUT],
      said: [['send 6(1,0)', 'timer 500'], ['fail MCU_SILENT']],
    },
    {
      name: 'bare: events and refusals carry no number either',
      rules: BARE,
      inputs: [request(STATUS), frame(0x60, 1), frame(ERROR_REPLY, 0x03, 1, 0, 0)],
      said: [['send 3()', 'timer 500'], ['event 96 no undefined: 1'], ['stop', 'fail MCU_REFUSED']],
    },
  ];

describe('link machine', () => {
  it.each(CASES)('$name', ({ inputs, said, rules }) => {
    expect(play(inputs, rules).said).toEqual(said);
  });

  it('the frame number wraps after 255', () => {
    const { said } = play([request(STATUS), frame(0x83, 255), request(STATUS)], RULES, 255);
    expect(said).toEqual([
      ['send 3(255)', 'timer 500'],
      ['stop', 'reply '],
      ['send 3(0)', 'timer 500'],
    ]);
  });

  it('takes one request at a time', () => {
    expect(() => play([request(STATUS), request(STATUS)])).toThrow(
      expect.objectContaining({ name: 'LinkError', code: 'LINK_MISUSED' }),
    );
  });

  it('says how often it asked', () => {
    const { state } = play([request(STATUS), TIMEOUT, TIMEOUT]);
    const [effect] = stepLink(state, TIMEOUT, RULES).effects;
    expect(effect).toMatchObject({ error: { facts: { command: 'status', tries: 3, timeoutMs: 500 } } });
    const bare = play([request(PREPARE)], BARE);
    expect(stepLink(bare.state, TIMEOUT, BARE).effects[0]).toMatchObject({ error: { facts: { tries: 1 } } });
  });
});
