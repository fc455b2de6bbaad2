/** Result reports: each final state once at least, only from a good slot, over every misbehaviour of the server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configuredReports } from '../../agent/adapters/configured-reports.ts';
import { readHeadersFile } from '../../agent/adapters/headers-file.ts';
import { AgentError, type Device, obeyCancel, parseConfig } from '../../agent/index.ts';
import { judgeReportStatus, reportPause, unreported } from '../../agent/model/result-report.ts';
import { type ReleaseServer, startReleaseServer } from '../../fixtures/index.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { type Published, republish, World } from './world.ts';

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let broken: Published;
let asking: Published;
let world: World;
let server: ReleaseServer;
let temporary: string;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  broken = await folder.publish('3.0.0', 3, { healthy: false });
  asking = await republish(folder, fresh, { apply: 'ask' });
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh, broken);
  temporary = await mkdtemp(join(tmpdir(), 'donabe-reports-'));
  server = await startReleaseServer(temporary);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await server.stop();
  world.dispose();
  await rm(temporary, { recursive: true, force: true });
});

const configured = (more = '') =>
  parseConfig(`
    [device]
    compatible = "donabe-cooker/lab"
    [paths]
    vault = ["/vault/0", "/vault/1"]
    [boot-control]
    path = "/dev/misc"
    [slots]
    a.rootfs = "/dev/a"
    b.rootfs = "/dev/b"
    [server]
    idle-timeout-s = 1
    [report]
    url = "${server.url}of-{device}"
    ${more}`);

/** Tells on until the end of the test; pauses are shortened to a moment and noted. */
async function tell(
  device: Device,
  config = configured(),
): Promise<{ readonly pauses: number[]; stop: () => Promise<void> }> {
  const pauses: number[] = [];
  const clock = {
    ...clockOf(device),
    sleep: async (ms: number) => {
      if (ms > 0) pauses.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const stop = await configuredReports(config, device, clock);
  stops.push(stop);
  return { pauses, stop };
}

function clockOf({ clock }: Device): Device['clock'] {
  return {
    now: () => clock.now(),
    synchronised: () => clock.synchronised(),
    monotonic: () => clock.monotonic(),
    uptime: () => clock.uptime(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}

/** Resolves when the device has said this so many times. */
function said(device: Device, name: string, times = 1): Promise<void> {
  return new Promise((resolve) => {
    let left = times;
    device.reporter.on('happened', (event) => {
      if (event.name === name && --left === 0) resolve();
    });
  });
}

const posted = () => server.log.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);

describe('a final state', () => {
  it('that is a success is told after mark good, with the deployment as its key', async () => {
    const before = await world.boot();
    const { stop } = await tell(before);
    expect(await world.walk(before, fresh)).toBe('reset');
    await stop();
    const device = await world.boot();
    const row = world.row;
    await tell(device);
    expect(server.log.requests).toEqual([]);
    const done = said(device, 'result-reported');
    await world.walk(device, undefined);
    await done;
    expect(posted()).toMatchObject([
      {
        format: 1,
        device: device.id,
        deployment: row?.id,
        version: '2.0.0',
        outcome: 'confirmed',
        code: '',
        runs: '2.0.0',
      },
    ]);
    const [{ headers, name } = { headers: {}, name: '' }] = server.log.requests;
    expect(headers).toMatchObject({ 'idempotency-key': row?.id, 'content-type': 'application/json' });
    expect(name).toBe(`of-${device.id}`);
  });

  it('that is a rollback is told by the old slot', async () => {
    await (await tell(await world.boot())).stop();
    await world.installed(broken);
    const trial = await world.boot();
    await (await tell(trial)).stop();
    expect(await world.walk(trial, undefined)).toBe('reset');
    const device = await world.boot();
    const done = said(device, 'result-reported');
    await tell(device);
    await world.walk(device, undefined);
    await done;
    expect(posted()).toMatchObject([
      {
        version: '3.0.0',
        outcome: 'rolled-back',
        code: 'HEALTH_CHECK_FAILED',
        runs: '1.0.0',
        rollbackMs: expect.any(Number),
      },
    ]);
  });

  it('that is a cancel is told, too; what ended before anybody asked for reports is not', async () => {
    await closed(3);
    const device = await world.boot();
    await tell(device);
    const done = said(device, 'result-reported');
    await world.walk(device, asking);
    await obeyCancel(device);
    await done;
    expect(posted()).toMatchObject([{ version: '2.0.0', outcome: 'cancelled', code: 'CANCELLED' }]);
  });
});

describe('a server that is out of order', () => {
  it('is asked again with growing pauses, in order, and each result arrives', async () => {
    const device = await world.boot();
    await (await tell(device)).stop();
    await closed(3);
    server.misbehave(`of-${device.id}`, { kind: 'status', code: 503, headers: { 'retry-after': '7' } }, 1);
    const done = said(device, 'result-reported', 3);
    const { pauses } = await tell(device);
    await done;
    expect(pauses).toHaveLength(1);
    expect(pauses[0]).toBeGreaterThanOrEqual(7_000 + 2_500);
    expect(posted().map(({ deployment }) => deployment)).toEqual(['d1', 'd1', 'd2', 'd3']);
  });

  it.each([
    { kind: 'silent' },
    { kind: 'cut-body', after: 0 },
    { kind: 'status', code: 401 },
    { kind: 'status', code: 404 },
    { kind: 'status', code: 302, headers: { location: 'http://127.0.0.1:1/' } },
  ] as const)('$kind $code holds nobody up and costs no report', async (scenario) => {
    const device = await world.boot();
    await (await tell(device)).stop();
    await closed(1);
    server.misbehave(`of-${device.id}`, scenario, 2);
    const done = said(device, 'result-reported');
    const { pauses } = await tell(device);
    await done;
    expect(pauses.length).toBeLessThanOrEqual(2);
    expect(new Set(posted().map(({ deployment }) => deployment))).toEqual(new Set(['d1']));
    expect(world.said().match(/report-failed/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  it('does not hold up the end of the agent', async () => {
    const device = await world.boot();
    await (await tell(device)).stop();
    await closed(1);
    server.misbehave(`of-${device.id}`, { kind: 'silent' });
    const { stop } = await tell(device);
    await stop();
    const done = said(device, 'result-reported');
    server.behave();
    await tell(device);
    await done;
  });

  it('that does not want a result gets the next one', async () => {
    const device = await world.boot();
    await (await tell(device)).stop();
    await closed(2);
    server.misbehave(`of-${device.id}`, { kind: 'status', code: 422 }, 1);
    const done = said(device, 'result-reported');
    await tell(device);
    await done;
    expect(posted().map(({ deployment }) => deployment)).toEqual(['d1', 'd2']);
    expect(world.said()).toContain('result-unwanted');
  });

  it('for so long that the history is full has lost the oldest, and that is said', async () => {
    const device = await world.boot();
    await (await tell(device)).stop();
    await closed(103);
    const done = said(device, 'result-reported', 100);
    await tell(device);
    await done;
    expect(posted()[0]).toMatchObject({ deployment: 'd4' });
    expect(world.said()).toContain('3 results are older than the history');
  });
});

describe('what is configured wrongly', () => {
  it('is said, and no update fails for it', async () => {
    const device = await world.boot();
    await tell(device, configured(`headers-file = "${temporary}/absent"`));
    expect(world.said()).toContain('cannot be read');
    const other = { ...configured() };
    await tell(device, { ...other, values: { ...other.values, 'report.url': 'ftp://a.example/' } });
    expect(world.said()).toContain('report.url is no http or https address');
    expect(await world.walk(device, fresh)).toBe('reset');
    expect(() => parseConfig('[report]\nurl = "http://a.example/{devise}"\n')).toThrow('device');
  });

  it('secret headers come from a file and are sent', async () => {
    const path = join(temporary, 'headers');
    await writeFile(path, '# of the fleet\nAuthorization: Bearer  abc def \nX-Site: kitchen\n\n');
    const device = await world.boot();
    const config = configured(`headers-file = "${path}"`);
    await (await tell(device, config)).stop();
    await closed(1);
    const done = said(device, 'result-reported');
    await tell(device, config);
    await done;
    expect(server.log.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer  abc def',
      'x-site': 'kitchen',
    });
  });

  it('a headers file that is none names the line and not the secret', async () => {
    const path = join(temporary, 'headers');
    for (const text of [
      'Authorization Bearer secret',
      'A: b\r\nsecret\x01: c',
      'secret',
      ': secret',
      'A: se\x00cret',
    ]) {
      await writeFile(path, text);
      const error = caught(() => readHeadersFile(path));
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
      expect(error.message).not.toContain('secret');
    }
    await writeFile(path, `A: ${'b'.repeat(20_000)}`);
    expect(caught(() => readHeadersFile(path)).message).toContain('larger');
  });
});

it('pauses grow to an hour and are never none', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (tries, random) => {
        const pause = reportPause(tries, random);
        expect(pause).toBeGreaterThanOrEqual(2_500);
        expect(pause).toBeLessThanOrEqual(3_600_000);
      },
    ),
  );
  expect(reportPause(1, 0, 1e15)).toBe(24 * 3_600_000 + 5_000);
  expect([200, 204, 302, 404, 400, 422, 500].map(judgeReportStatus)).toEqual([
    'delivered',
    'delivered',
    'later',
    'later',
    'unwanted',
    'unwanted',
    'later',
  ]);
  expect(unreported([], 7)).toEqual({ next: undefined, dropped: 0 });
});

/** So many deployments that ended, without a walk. */
async function closed(count: number): Promise<void> {
  for (let at = 1; at <= count; at += 1) {
    const id = `d${at}`;
    world.store.open({
      id,
      identity: fresh.seal.identity,
      version: '2.0.0',
      sequence: 2,
      slot: 'b',
      source: 'somewhere',
      envelope: new Uint8Array(),
      forced: false,
      openedAt: 1,
    });
    world.store.close(id, 'cancelled', {
      code: 'CANCELLED',
      reason: 'x',
      at: 2,
      rollbackMs: undefined,
      bytes: undefined,
    });
  }
}

function caught(work: () => unknown): AgentError {
  try {
    work();
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
