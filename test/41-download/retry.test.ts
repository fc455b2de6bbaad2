/** Error classes, back-off, Retry-After and the byte budget. Pure, no clocks. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AgentError, type AgentErrorCode, ERROR_TABLE, type Policy } from '../../agent/errors.ts';
import { budgetLeft, byteBudget, requireBudget } from '../../agent/model/budget.ts';
import {
  backOff,
  connectionErrorCode,
  isTransportFault,
  parseRetryAfter,
  retryDelay,
  seriesEnded,
  statusErrorCode,
} from '../../agent/model/retry.ts';

const policyOf = (code: AgentErrorCode): Policy => ERROR_TABLE[code].policy;
const MiB = 1024 * 1024;

describe('statuses', () => {
  const expected: Record<string, readonly number[]> = {
    retry: [408, 425, 429, 502, 503, 504],
    wait: [500, 501, 505, 507, 508, 511, 520, 599],
    operator: [401, 403, 407],
    abandon: [400, 402, 404, 405, 406, 409, 410, 412, 416, 418, 451, 499],
  };
  test.each(Object.entries(expected))('%s', (policy, statuses) => {
    for (const status of statuses)
      expect([status, policyOf(statusErrorCode(status))]).toEqual([status, policy]);
  });

  test('the other way round: no further status from 400 to 599 is retried or asks for an operator', () => {
    const found: Record<string, number[]> = { retry: [], operator: [] };
    for (let status = 400; status <= 599; status += 1) found[policyOf(statusErrorCode(status))]?.push(status);
    expect(found).toEqual({ retry: expected['retry'], operator: expected['operator'] });
  });

  test('answers that nobody asked for', () => {
    for (const status of [100, 103, 201, 204, 300, 304, 305])
      expect(statusErrorCode(status)).toBe('RANGE_ANSWER');
  });
});

describe('connections', () => {
  const rows: [string | undefined, boolean, AgentErrorCode][] = [
    ['ECONNREFUSED', true, 'CONNECTION_FAILED'],
    ['ECONNRESET', true, 'CONNECTION_FAILED'],
    ['EHOSTUNREACH', true, 'CONNECTION_FAILED'],
    ['EPROTO', true, 'CONNECTION_FAILED'],
    ['HPE_INVALID_CONSTANT', true, 'CONNECTION_FAILED'],
    [undefined, true, 'CONNECTION_FAILED'],
    ['ENOTFOUND', true, 'DNS_FAILED'],
    ['EAI_AGAIN', true, 'DNS_FAILED'],
    ['ETIMEDOUT', true, 'TIMEOUT'],
    ['CERT_HAS_EXPIRED', false, 'CERTIFICATE_DATE'],
    ['CERT_NOT_YET_VALID', false, 'CERTIFICATE_DATE'],
    ['CERT_HAS_EXPIRED', true, 'CERTIFICATE_REJECTED'],
    ['CERT_NOT_YET_VALID', true, 'CERTIFICATE_REJECTED'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', false, 'CERTIFICATE_REJECTED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false, 'CERTIFICATE_REJECTED'],
  ];
  test.each(rows)('%s, clock synchronised: %s -> %s', (systemCode, synchronised, code) => {
    expect(connectionErrorCode(systemCode, synchronised)).toBe(code);
  });

  test('network faults are retried, certificates never abandon', () => {
    for (const code of ['CONNECTION_FAILED', 'DNS_FAILED', 'TIMEOUT', 'SHORT_BODY'] as const) {
      expect(policyOf(code)).toBe('retry');
    }
    expect(policyOf('CERTIFICATE_DATE')).toBe('wait');
    expect(policyOf('CERTIFICATE_REJECTED')).toBe('operator');
    expect(policyOf('CAPTIVE_PORTAL')).toBe('wait');
  });

  test('a fault of the line is no install attempt, a rejected payload is one', () => {
    expect(isTransportFault(new AgentError('HTTP_STATUS', 'gone'))).toBe(true);
    expect(isTransportFault(new AgentError('SHORT_BODY', 'cut'))).toBe(true);
    expect(isTransportFault(new AgentError('PAYLOAD_REJECTED', 'bad'))).toBe(false);
    expect(isTransportFault(new AgentError('SLOT_READ_BACK', 'bad'))).toBe(false);
  });
});

describe('Retry-After', () => {
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
  const rows: [string | undefined, string | undefined, number | undefined][] = [
    ['0', undefined, 0],
    ['120', undefined, 120_000],
    ['99999999999999999999', undefined, 86_400_000],
    ['Sun, 06 Nov 1994 08:50:37 GMT', date, 60_000],
    ['Sun, 06 Nov 1994 08:48:37 GMT', date, 0],
    ['Sun, 06 Nov 2044 08:49:37 GMT', date, 86_400_000],
    ['Sun, 06 Nov 1994 08:50:37 GMT', undefined, undefined],
    ['Sun, 06 Nov 1994 08:50:37 GMT', 'yesterday', undefined],
    ['Sun, 99 Nov 1994 08:50:37 GMT', date, undefined],
    ['-1', undefined, undefined],
    ['1.5', undefined, undefined],
    ['soon', date, undefined],
    [undefined, date, undefined],
  ];
  test.each(rows)('%s at %s -> %s ms', (value, at, ms) => {
    expect(parseRetryAfter(value, at)).toBe(ms);
  });

  test('any text gives nothing or a sane wait', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, at) => {
        const ms = parseRetryAfter(value, at);
        return ms === undefined || (ms >= 0 && ms <= 86_400_000);
      }),
    );
  });
});

describe('back-off', () => {
  test('doubles from 1 s to 30 s', () => {
    const spans = [1, 2, 3, 4, 5, 6, 7, 100].map((tries) => backOff(tries, 1));
    expect(spans).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('has full jitter', () => {
    expect(backOff(3, 0)).toBe(0);
    expect(backOff(3, 0.25)).toBe(1_000);
  });

  test('comes on top of what the server asked for, which is capped at a day', () => {
    expect(backOff(1, 0.5, 60_000)).toBe(60_500);
    expect(backOff(1, 0, Number.MAX_SAFE_INTEGER)).toBe(86_400_000);
  });

  test('reads the wish from the error, and does not wait for a changed validator', () => {
    const busy = new AgentError('SERVER_BUSY', 'later', { facts: { retryAfterMs: 5_000 } });
    expect(retryDelay(busy, 1, 0)).toBe(5_000);
    expect(retryDelay(new AgentError('SHORT_BODY', 'cut'), 2, 0.5)).toBe(1_000);
    expect(retryDelay(new AgentError('VALIDATOR_CHANGED', 'new'), 4, 0.9)).toBe(0);
  });

  test('five fruitless tries end a series', () => {
    expect([4, 5, 6].map(seriesEnded)).toEqual([false, true, true]);
  });
});

describe('byte budget', () => {
  test('is 1.2 times the smallest way plus 5 MiB', () => {
    expect(byteBudget(100 * MiB)).toBe(125 * MiB);
    expect(byteBudget(0)).toBe(5 * MiB);
    expect(byteBudget(1)).toBe(5 * MiB + 2);
  });

  test('holds to the byte', () => {
    expect(() => requireBudget(1_000, 900, 100)).not.toThrow();
    expect(() => requireBudget(1_000, 900, 101)).toThrow(
      expect.objectContaining({ code: 'BYTE_BUDGET_SPENT' }),
    );
    expect(() => requireBudget(1_000, 1_001, 0)).toThrow(
      expect.objectContaining({ code: 'BYTE_BUDGET_SPENT' }),
    );
    expect([budgetLeft(1_000, 900), budgetLeft(1_000, 1_200)]).toEqual([100, 0]);
  });
});
