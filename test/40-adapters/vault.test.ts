import { createHash } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFileVault, RegionVault } from '../../agent/adapters/vault.ts';
import type { FailureCounts } from '../../agent/model/deployment.ts';
import {
  decodeVaultRecord,
  EMPTY_VAULT,
  encodeVaultRecord,
  VAULT_COPY_BYTES,
} from '../../agent/model/vault-record.ts';
import type { VaultRecord } from '../../agent/model/vault-rows.ts';
import { DIGEST } from './values.ts';
import { freshFolders } from './workbench.ts';

const folder = freshFolders();

const FULL: VaultRecord = {
  floors: { securityVersion: 3, sequence: 2 ** 53 - 1, time: 1_760_000_000_000 },
  seals: {
    b: {
      identity: DIGEST,
      version: '1.2.0',
      sequence: 7,
      securityVersion: 3,
      created: 1_750_000_000_000,
      images: [{ slotClass: 'rootfs', size: 2 ** 34, sha256: DIGEST }],
    },
  },
  trial: {
    slot: 'b',
    identity: DIGEST,
    version: '1.2.0',
    deployment: 'd1',
    boots: 1,
    lastBoot: 'boot-1',
    refills: 2,
    verdict: 'HEALTH_CHECK_FAILED',
    reason: 'the lid sensor is mute',
    activatedAt: 1_760_000_000_000,
    decidedAt: undefined,
  },
  agentStarts: { boot: 'boot-1', count: 2 },
  failures: [failures('x')],
  markedBad: ['a'],
  recoveredTo: 'a',
};

function failures(identity: string): FailureCounts {
  return { identity, version: '1.0.0', installAttempts: 1, failedTrials: 0, silentTrials: 3 };
}

async function freshVault(secret?: Uint8Array) {
  const paths = [join(folder(), 'vault-0'), join(folder(), 'vault-1')] as const;
  return { paths, vault: await openFileVault(paths[0], paths[1], secret) };
}

describe('the record', () => {
  it('comes back as it was', () => {
    for (const record of [EMPTY_VAULT, FULL]) {
      const copy = encodeVaultRecord(record, 41n);
      expect(copy).toHaveLength(VAULT_COPY_BYTES);
      expect(decodeVaultRecord(copy)).toEqual({ ok: true, counter: 41n, record });
    }
  });

  it('has the bytes of its table', () => {
    const copy = encodeVaultRecord(EMPTY_VAULT, 0x0102n);
    const body =
      '{"floors":{"securityVersion":0,"sequence":0,"time":0},"seals":{},"trial":null,' +
      '"agentStarts":{"boot":"","count":0},"failures":[],"markedBad":[],"recoveredTo":null}';
    const head = Buffer.concat([
      Buffer.from('DNBVAULT'),
      Buffer.from([1, 0, 2, 1, 0, 0, 0, 0, 0, 0, body.length, 0, 0, 0]),
      Buffer.from(body),
    ]);
    const expected = Buffer.concat([head, createHash('sha256').update(head).digest()]);
    expect(Buffer.from(copy.subarray(0, expected.length))).toEqual(expected);
    expect(copy.subarray(expected.length).every((byte) => byte === 0)).toBe(true);
  });

  it('keeps what a newer agent added', () => {
    const newer = { ...FULL, taste: { salt: 1 } };
    const decoded = decodeVaultRecord(encodeVaultRecord(newer, 1n));
    expect(decoded.ok && decoded.record).toEqual(newer);
  });

  it('loses its oldest failures rather than its other facts', () => {
    const long = Array.from({ length: 40 }, (_, at) => failures(`${at}`.padEnd(128, '€')));
    const images = Array.from({ length: 16 }, () => ({
      slotClass: 'c'.repeat(128),
      size: 1,
      sha256: DIGEST,
    }));
    const seal = { ...FULL.seals.b, identity: DIGEST, version: 'v'.repeat(128), images };
    const record = { ...FULL, failures: long, seals: { a: seal, b: seal } } as VaultRecord;
    const decoded = decodeVaultRecord(encodeVaultRecord(record, 1n));
    if (!decoded.ok) throw new Error(decoded.reason);
    const kept = decoded.record.failures;
    expect(decoded.record).toEqual({ ...record, failures: kept });
    expect(kept.length).toBeLessThan(32);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).toEqual(long.slice(-kept.length));
  });

  it('cuts a long reason, and refuses what it could not decode', () => {
    const trial = FULL.trial === undefined ? undefined : { ...FULL.trial, reason: 'x'.repeat(9_000) };
    const decoded = decodeVaultRecord(encodeVaultRecord({ ...FULL, trial }, 1n));
    expect(decoded.ok && decoded.record.trial?.reason).toHaveLength(512);
    for (const wrong of [Number.NaN, -1, 1.5, 2 ** 53]) {
      const floors = { ...FULL.floors, sequence: wrong };
      expect(() => encodeVaultRecord({ ...FULL, floors }, 1n)).toThrow(
        expect.objectContaining({ code: 'VAULT_WRITE_FAILED' }),
      );
    }
  });

  it('with a secret only a copy of that secret counts', () => {
    const secret = new TextEncoder().encode('device');
    const keyed = encodeVaultRecord(FULL, 1n, secret);
    expect(decodeVaultRecord(keyed, secret).ok).toBe(true);
    expect(decodeVaultRecord(keyed).ok).toBe(false);
    expect(decodeVaultRecord(encodeVaultRecord(FULL, 1n), secret).ok).toBe(false);
    expect(decodeVaultRecord(keyed, new TextEncoder().encode('another')).ok).toBe(false);
  });
});

describe('bad bytes', () => {
  it('random ones are a reason, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, magic) => {
        const copy = magic ? Buffer.concat([Buffer.from('DNBVAULT'), bytes]) : bytes;
        expect(decodeVaultRecord(copy)).toMatchObject({ ok: false, reason: expect.any(String) });
      }),
      { numRuns: 500 },
    );
  });

  it('one changed byte before the padding makes a copy bad', () => {
    const good = encodeVaultRecord(FULL, 7n);
    const used = good.findLastIndex((byte) => byte !== 0) + 1;
    fc.assert(
      fc.property(fc.nat(used - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const copy = Uint8Array.from(good);
        copy[at] = (copy[at] ?? 0) ^ flip;
        expect(decodeVaultRecord(copy).ok).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a well digested body of any JSON is a record or a reason', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.constant(JSON.stringify(FULL)), fc.string()), (text) => {
        const decoded = decodeVaultRecord(digested(new TextEncoder().encode(text)));
        if (decoded.ok) expect(decodeVaultRecord(encodeVaultRecord(decoded.record, 1n)).ok).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(decodeVaultRecord(digested(new Uint8Array([0xff, 0xfe]))).ok).toBe(false);
  });

  it('a length beyond the copy is a reason', () => {
    const copy = encodeVaultRecord(FULL, 1n);
    new DataView(copy.buffer).setUint32(18, 0xffff_ffff, true);
    expect(decodeVaultRecord(copy)).toMatchObject({ ok: false });
  });
});

/** A copy around any body, with a digest that matches. */
function digested(body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(22);
  head.write('DNBVAULT');
  head.writeUInt16LE(1, 8);
  head.writeUInt32LE(body.length, 18);
  const bytes = Buffer.concat([head, body]);
  return Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]);
}

describe('the pair of files', () => {
  it('is empty and lost before the first write', async () => {
    const { vault } = await freshVault();
    expect(await vault.read()).toEqual({ record: EMPTY_VAULT, lost: true });
    await vault.close();
  });

  it('writes the stale copy and keeps the other as it was', async () => {
    const { vault, paths } = await freshVault();
    await vault.write(FULL);
    await vault.write({ ...FULL, markedBad: ['b'] });
    for (let round = 0; round < 6; round += 1) {
      const before = await Promise.all(paths.map((path) => readFile(path)));
      const newer = newest(before);
      await vault.write({ ...FULL, agentStarts: { boot: 'boot-2', count: round } });
      const after = await Promise.all(paths.map((path) => readFile(path)));
      expect(after[newer]).toEqual(before[newer]);
      expect(after[1 - newer]).not.toEqual(before[1 - newer]);
      expect((await vault.read()).record.agentStarts.count).toBe(round);
    }
    await vault.close();
  });

  it('a torn copy leaves the record before it', async () => {
    const { vault, paths } = await freshVault();
    for (const round of [1, 2, 3]) await vault.write({ ...FULL, agentStarts: { boot: 'b', count: round } });
    const copies = await Promise.all(paths.map((path) => readFile(path)));
    const torn = paths[newest(copies)] ?? '';
    const bytes = await readFile(torn);
    await writeFile(torn, Buffer.concat([bytes.subarray(0, 512), Buffer.alloc(VAULT_COPY_BYTES - 512)]));
    expect((await vault.read()).record.agentStarts.count).toBe(2);
    expect((await vault.read()).lost).toBe(false);
    await vault.write(FULL);
    expect((await vault.read()).record).toEqual(FULL);
    await vault.close();
  });

  it('two bad copies are lost, and the next write begins again', async () => {
    const { vault, paths } = await freshVault();
    await vault.write(FULL);
    await vault.write(FULL);
    for (const path of paths) await writeFile(path, Buffer.alloc(VAULT_COPY_BYTES, 0x5a));
    expect(await vault.read()).toEqual({ record: EMPTY_VAULT, lost: true });
    await vault.write(FULL);
    expect(await vault.read()).toEqual({ record: FULL, lost: false });
    await vault.close();
  });

  it('a copy that can no longer be read is a bad one', async () => {
    const { vault, paths } = await freshVault();
    await vault.write(FULL);
    await vault.write(FULL);
    await truncate(paths[0], 100);
    expect(await vault.read()).toEqual({ record: FULL, lost: false });
    await vault.close();
  });

  it.each([0, 9000, VAULT_COPY_BYTES - 1])('a storage that changes byte %i is found out', async (at) => {
    const copies = [new Uint8Array(VAULT_COPY_BYTES), new Uint8Array(VAULT_COPY_BYTES)] as const;
    const region = (copy: Uint8Array) => ({
      read: async (offset: number, length: number) => copy.slice(offset, offset + length),
      write: async (offset: number, data: Uint8Array) => {
        copy.set(data, offset);
        copy[at] = 0xff;
      },
      flush: async () => undefined,
      close: async () => undefined,
    });
    const vault = new RegionVault([region(copies[0]), region(copies[1])]);
    await expect(vault.write(FULL)).rejects.toMatchObject({ code: 'VAULT_WRITE_FAILED' });
  });

  it('survives being opened again, and refuses a folder that is not there', async () => {
    const { vault, paths } = await freshVault();
    await vault.write(FULL);
    await vault.close();
    const again = await openFileVault(paths[0], paths[1]);
    expect((await again.read()).record).toEqual(FULL);
    await again.close();
    await expect(openFileVault(paths[0], join(folder(), 'no', 'vault-1'))).rejects.toMatchObject({
      code: 'VAULT_WRITE_FAILED',
    });
  });
});

/** Which file holds the larger counter. */
function newest(copies: readonly Buffer[]): 0 | 1 {
  const counters = copies.map((bytes) => bytes.readBigUInt64LE(10));
  return (counters[1] ?? 0n) > (counters[0] ?? 0n) ? 1 : 0;
}
