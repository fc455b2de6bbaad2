/** The agent's error codes: each is used, each has a policy that the documents explain. */
import { describe, expect, it } from 'vitest';
import { AgentError, type AgentErrorCode, ERROR_TABLE } from '../../agent/index.ts';
import { isTransportFault } from '../../agent/model/retry.ts';
import { COMMAND_CODES } from '../../cli/codes.ts';
import { sourcesIn, withoutComments } from './sources.ts';

const CODES = Object.keys(ERROR_TABLE) as AgentErrorCode[];
const users = ['agent', 'cli']
  .flatMap((room) => sourcesIn(room))
  .filter(({ path }) => path !== 'agent/errors.ts')
  .map(({ text }) => withoutComments(text))
  .join('\n');

describe('an error code', () => {
  it('is used by something', () => {
    expect(CODES.filter((code) => !users.includes(`'${code}'`))).toEqual([]);
  });

  it('has one meaning', () => {
    const meanings = CODES.map((code) => ERROR_TABLE[code].meaning);
    expect(new Set(meanings).size).toBe(meanings.length);
  });

  it('gives its error the policy of the table, a stable name, and keeps cause and facts', () => {
    const cause = new Error('below');
    for (const code of CODES) {
      const error = new AgentError(code, 'A sentence.', { cause, facts: { number: 1 } });
      expect(error).toMatchObject({ name: 'AgentError', code, policy: ERROR_TABLE[code].policy, cause });
      expect(error.facts).toEqual({ number: 1 });
    }
    expect('cause' in new AgentError('LOCKED', 'A sentence.')).toBe(false);
  });

  it('ends no trial when it blames the line', () => {
    const blamed = CODES.filter((code) => isTransportFault(new AgentError(code, '')));
    expect(blamed.length).toBeGreaterThan(0);
    expect(blamed.filter((code) => ERROR_TABLE[code].policy === 'roll-back')).toEqual([]);
  });
});

describe("the command's own codes", () => {
  const used = sourcesIn('cli')
    .filter(({ path }) => path !== 'cli/codes.ts')
    .flatMap(({ text }) => [...withoutComments(text).matchAll(/\bcode(?:: | = )'([A-Z_]+)'/g)])
    .map(([, code = '']) => code);

  it('are those of the table, and none of the agent', () => {
    const own = used.filter((code) => !Object.hasOwn(ERROR_TABLE, code));
    expect([...new Set(own)].sort()).toEqual(Object.keys(COMMAND_CODES));
  });
});
