/**
 * Codec of one vault copy: a record that outlives the store, with a digest that tells a torn or foreign copy
 * from a good one. Pure; it knows no file and does not choose between copies.
 *
 * | offset | bytes | what |
 * |---|---|---|
 * | 0 | 8 | magic, `DNBVAULT` in ASCII |
 * | 8 | 2 | format version, u16 little-endian, 1 |
 * | 10 | 8 | counter, u64 little-endian: the larger of two valid copies is the newer |
 * | 18 | 4 | body length n, u32 little-endian |
 * | 22 | n | body, JSON in UTF-8 |
 * | 22 + n | 32 | SHA-256 of bytes 0 to 22 + n, or HMAC-SHA-256 where the device has a secret |
 *
 * A copy is 16 KiB; what follows the digest is zero when written and is not looked at when read.
 * Fields that this agent does not know are kept: two agent versions share the vault (rule 15).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { AgentError } from '../errors.ts';
import { MOST_CHANNEL_KEYS } from './channel.ts';
import type { VaultRecord } from './vault-rows.ts';

/** Bytes of one copy: four blocks of 4 KiB; two full seals, a trial and 32 failures of plain names fit. */
export const VAULT_COPY_BYTES = 16_384;

const MAGIC = new TextEncoder().encode('DNBVAULT');
const FORMAT_VERSION = 1;
const VERSION_AT = 8;
const COUNTER_AT = 10;
const LENGTH_AT = 18;
const BODY_AT = 22;
const DIGEST_BYTES = 32;
const MOST_BODY_BYTES = VAULT_COPY_BYTES - BODY_AT - DIGEST_BYTES;
const MOST_COUNTER = 2n ** 64n - 1n;

/** Characters of a name, digest or code. */
const MOST_NAME = 128;
/** Characters of a version: what semver itself and so a manifest allows. */
const MOST_VERSION = 256;
/** Characters of a trial's reason; a longer one is cut, for a verdict must never fail on a chatty check. */
const MOST_REASON = 512;
const MOST_IMAGES = 16;
const MOST_FAILURES = 32;

/** What a device's vault holds before anything was written to it, and after both copies were lost. */
export const EMPTY_VAULT: VaultRecord = {
  floors: { securityVersion: 0, sequence: 0, time: 0 },
  seals: {},
  trial: undefined,
  agentStarts: { boot: '', count: 0 },
  failures: [],
  markedBad: [],
  recoveredTo: undefined,
};

export type DecodedVault =
  | { readonly ok: true; readonly counter: bigint; readonly record: VaultRecord }
  | { readonly ok: false; readonly reason: string };

/**
 * One copy, `VAULT_COPY_BYTES` long. A record that does not fit loses its oldest failures first.
 * Error: VAULT_WRITE_FAILED for a record that `decodeVaultRecord` would refuse, or that fits in no way.
 */
export function encodeVaultRecord(record: VaultRecord, counter: bigint, secret?: Uint8Array): Uint8Array {
  if (counter < 0n || counter > MOST_COUNTER) throw unwritable(`its counter would be ${counter}`);
  const body = fittingBody(record);
  const copy = new Uint8Array(VAULT_COPY_BYTES);
  const view = new DataView(copy.buffer);
  copy.set(MAGIC);
  view.setUint16(VERSION_AT, FORMAT_VERSION, true);
  view.setBigUint64(COUNTER_AT, counter, true);
  view.setUint32(LENGTH_AT, body.length, true);
  copy.set(body, BODY_AT);
  const end = BODY_AT + body.length;
  copy.set(digestOf(copy.subarray(0, end), secret), end);
  return copy;
}

/** Total: every input is a record or a reason, in time and memory bounded by `VAULT_COPY_BYTES`. */
export function decodeVaultRecord(copy: Uint8Array, secret?: Uint8Array): DecodedVault {
  if (copy.length < BODY_AT + DIGEST_BYTES) return bad(`${copy.length} bytes are no vault copy`);
  if (!MAGIC.every((byte, at) => copy[at] === byte)) return bad('no magic');
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  const length = view.getUint32(LENGTH_AT, true);
  const end = BODY_AT + length;
  if (length > MOST_BODY_BYTES || end + DIGEST_BYTES > copy.length) return bad(`body of ${length} bytes`);
  const kept = copy.subarray(end, end + DIGEST_BYTES);
  if (!timingSafeEqual(digestOf(copy.subarray(0, end), secret), kept)) return bad('digest does not match');
  // After the digest: a version that nobody wrote on purpose is a damaged copy, not a newer format.
  const version = view.getUint16(VERSION_AT, true);
  if (version !== FORMAT_VERSION) return bad(`format version ${version}, this agent has ${FORMAT_VERSION}`);
  const record = recordOf(copy.subarray(BODY_AT, end));
  if (record === undefined) return bad('body is no vault record');
  return { ok: true, counter: view.getBigUint64(COUNTER_AT, true), record };
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const name = v.pipe(v.string(), v.maxLength(MOST_NAME));
const version = v.pipe(v.string(), v.maxLength(MOST_VERSION));
const slot = v.picklist(['a', 'b']);

const seal = v.looseObject({
  identity: name,
  version,
  sequence: count,
  securityVersion: count,
  created: count,
  images: v.pipe(
    v.array(v.looseObject({ slotClass: name, size: count, sha256: name })),
    v.maxLength(MOST_IMAGES),
  ),
});

const trial = v.looseObject({
  slot,
  identity: name,
  version,
  deployment: name,
  boots: count,
  lastBoot: name,
  refills: count,
  refilledBoot: v.exactOptional(name),
  mcuSilent: v.exactOptional(v.boolean()),
  nextBoot: v.exactOptional(v.boolean()),
  verdict: v.nullable(name),
  reason: v.pipe(v.string(), v.maxLength(MOST_REASON)),
  activatedAt: count,
  decidedAt: v.nullable(count),
});

const failure = v.looseObject({
  identity: name,
  version,
  installAttempts: count,
  failedTrials: count,
  silentTrials: count,
});

/** The body: the port's record with null where that says undefined, for JSON has no other word. */
const bodySchema = v.looseObject({
  floors: v.looseObject({ securityVersion: count, sequence: count, time: count }),
  seals: v.looseObject({ a: v.exactOptional(seal), b: v.exactOptional(seal) }),
  trial: v.nullable(trial),
  agentStarts: v.looseObject({ boot: name, count }),
  failures: v.pipe(v.array(failure), v.maxLength(MOST_FAILURES)),
  markedBad: v.pipe(v.array(slot), v.maxLength(2)),
  recoveredTo: v.nullable(slot),
  channels: v.exactOptional(
    v.pipe(v.array(v.looseObject({ keyId: name, sequence: count })), v.maxLength(MOST_CHANNEL_KEYS)),
  ),
  history: v.exactOptional(v.looseObject({ number: count, digest: name })),
});

function recordOf(body: Uint8Array): VaultRecord | undefined {
  const parsed = v.safeParse(bodySchema, parseJson(body));
  if (!parsed.success) return undefined;
  const { trial, recoveredTo, ...rest } = parsed.output;
  return {
    ...rest,
    trial:
      trial === null
        ? undefined
        : { ...trial, verdict: trial.verdict ?? undefined, decidedAt: trial.decidedAt ?? undefined },
    recoveredTo: recoveredTo ?? undefined,
  };
}

/** Undefined for what is no UTF-8 or no JSON; no record is undefined. */
function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function fittingBody(record: VaultRecord): Uint8Array {
  const trial =
    record.trial === undefined
      ? undefined
      : { ...record.trial, reason: record.trial.reason.slice(0, MOST_REASON) };
  for (let failures = record.failures.slice(-MOST_FAILURES); ; failures = failures.slice(1)) {
    const text = JSON.stringify({ ...record, trial, failures }, (_, value: unknown) =>
      value === undefined ? null : value,
    );
    const body = new TextEncoder().encode(text);
    if (recordOf(body) === undefined) throw unwritable('a field of it is out of its limits');
    if (body.length <= MOST_BODY_BYTES) return body;
    if (failures.length === 0) throw unwritable(`it needs ${body.length} bytes`);
  }
}

function digestOf(bytes: Uint8Array, secret: Uint8Array | undefined): Buffer {
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  return hash.update(bytes).digest();
}

function bad(reason: string): DecodedVault {
  return { ok: false, reason };
}

function unwritable(why: string): AgentError {
  return new AgentError('VAULT_WRITE_FAILED', `The vault record cannot be written: ${why}.`);
}
