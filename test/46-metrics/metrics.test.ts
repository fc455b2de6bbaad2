/** The metrics as they are read: over the local API's sockets, and as a file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Metrics } from '../../agent/adapters/metrics.ts';
import { keepMetricsFile } from '../../agent/adapters/metrics-file.ts';
import { AgentError, type Device, Reporter } from '../../agent/index.ts';
import { METRIC_TABLE } from '../../agent/model/metric-table.ts';
import { tellFlushes, tellMcuFaults } from '../../agent/told-ports.ts';
import { OpenDoor } from '../45-api/open-door.ts';
import { moodyMcu, type Published, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { HAS_PROMTOOL, promtool } from './promtool.ts';
import { readingOf, scrape } from './scrape.ts';

const TIME = { monotonic: () => performance.now(), synchronised: () => true };

describe('over the local API', () => {
  let folder: LabFolder;
  let factory: Published;
  let fresh: Published;
  let world: World;
  let door: OpenDoor;

  beforeAll(async () => {
    folder = await labFolder();
    factory = await folder.publish('1.0.0', 1);
    fresh = await folder.publish('2.0.0', 2);
  });
  afterAll(() => folder.remove());
  beforeEach(async () => {
    world = await World.create(folder.keys, factory, fresh);
    door = new OpenDoor();
  });
  afterEach(async () => {
    await door.remove();
    world.dispose();
  });

  const told = async (): Promise<Device> => {
    const device = await world.boot();
    return { ...device, slots: tellFlushes(device.slots, device.reporter, TIME) };
  };

  it('a whole update is in them, and promtool finds nothing to complain of', async () => {
    const device = await told();
    const metrics = new Metrics(device.reporter, TIME);
    await door.open(device, { metrics: () => metrics.text() });
    expect(await world.walk(device, fresh)).toBe('reset');
    const { status, type, text } = await scrape({ socketPath: door.look });
    expect(status).toBe(200);
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    const imageBytes = Object.values(fresh.images).reduce((sum, image) => sum + image.length, 0);
    expect(readingOf(text, 'donabe_bytes_total{kind="verified"}')).toBeGreaterThan(imageBytes / 2);
    expect(readingOf(text, 'donabe_bytes_total{kind="verified"}')).toBeLessThanOrEqual(imageBytes);
    expect(readingOf(text, 'donabe_flips_total{slot="b"}')).toBe(1);
    expect(readingOf(text, 'donabe_flip_seconds_count')).toBe(1);
    expect(readingOf(text, 'donabe_flush_seconds_count')).toBeGreaterThan(2);
    expect(readingOf(text, 'donabe_phase{phase="rebooting"}')).toBe(1);
    expect(readingOf(text, 'donabe_phase_seconds_bucket{phase="fetching",le="+Inf"}')).toBeGreaterThan(0);
    for (const name of Object.keys(METRIC_TABLE)) expect(text).toContain(`# TYPE ${name} `);
    if (!HAS_PROMTOOL) return;
    expect(await promtool(['check', 'metrics'], text)).toEqual({ status: 0, said: '' });
  });

  it('a rollback is in those of the agent that comes after it', async () => {
    await world.installed(fresh);
    const broken = await world.boot({ health: [] });
    const failing: Device = {
      ...broken,
      health: [{ name: 'ui', run: async () => ({ healthy: false, detail: 'no answer' }) }],
    };
    expect(await world.walk(failing, undefined)).toBe('reset');
    const back = await world.boot();
    const metrics = new Metrics(back.reporter, TIME);
    expect(await world.walk(back, undefined)).toBe('entered');
    const text = await metrics.text();
    expect(readingOf(text, 'donabe_rollbacks_total{code="HEALTH_CHECK_FAILED"}')).toBe(1);
    expect(readingOf(text, 'donabe_deployments_total{outcome="rolled-back"}')).toBe(1);
    expect(readingOf(text, 'donabe_last_deployment{outcome="rolled-back"}')).toBe(1);
    metrics.close();
  });

  it('are for whoever may look; the port wants its token', async () => {
    const port = await freePort();
    const token = join(door.folder, 'token');
    writeFileSync(token, 'a-token-of-thirty-two-characters', { mode: 0o600 });
    const device = await told();
    const metrics = new Metrics(device.reporter, TIME);
    await door.open(
      device,
      { metrics: () => metrics.text() },
      `tcp-port = ${port}\ntoken-file = ${JSON.stringify(token)}`,
    );
    const where = { host: '127.0.0.1', port };
    expect(await scrape(where)).toMatchObject({ status: 403, type: 'application/json' });
    const authorization = 'Bearer a-token-of-thirty-two-characters';
    expect(await scrape(where, { authorization })).toMatchObject({ status: 200 });
  });

  it('are said to be out of order when they cannot be made', async () => {
    await door.open(await told(), { metrics: () => Promise.reject(new Error('no library')) });
    expect(await scrape({ socketPath: door.act })).toMatchObject({ status: 500, type: 'application/json' });
    expect(door.said.join('\n')).toContain('api-request-failed: no library');
  });
});

it('questions to an MCU that is silent are counted by their code, and fail as they did', async () => {
  const reporter = new Reporter('device');
  const metrics = new Metrics(reporter, TIME);
  const mcu = tellMcuFaults(
    moodyMcu(() => 'silent'),
    reporter,
  );
  const never = new AbortController().signal;
  await expect(mcu.status(never)).rejects.toThrow(AgentError);
  await expect(mcu.mayReboot(never)).rejects.toThrow('The MCU does not answer.');
  expect(readingOf(await metrics.text(), 'donabe_mcu_errors_total{code="MCU_SILENT"}')).toBe(2);
});

describe('as a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'donabe-metrics-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('it is there after the first event, whole, and not written more often than it may be', async () => {
    const reporter = new Reporter('device');
    const metrics = new Metrics(reporter, TIME);
    const path = join(folder, 'donabe.prom');
    const stop = keepMetricsFile(reporter, metrics, {
      path,
      intervalMs: 3_600_000,
      monotonic: TIME.monotonic,
    });
    reporter.happened('deployment-resumed', 'goes on', { deployment: 'd1' });
    await until(() => readdirSync(folder).includes('donabe.prom'));
    const first = statSync(path);
    expect(first.mode & 0o777).toBe(0o644);
    expect(readingOf(readFileSync(path, 'utf8'), 'donabe_resumes_total')).toBe(1);
    reporter.happened('deployment-resumed', 'goes on', { deployment: 'd1' });
    reporter.progress('fetching');
    // The last one is written at once.
    await stop();
    expect(readingOf(readFileSync(path, 'utf8'), 'donabe_resumes_total')).toBe(2);
    expect(statSync(path).ino).not.toBe(first.ino);
    expect(readdirSync(folder)).toEqual(['donabe.prom']);
  });

  it('a storm of events is one write for each interval, and silence is none', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let made = 0;
      const text = async (): Promise<string> => `donabe_made ${++made}\n`;
      const reporter = new Reporter('device');
      let now = 0;
      const stop = keepMetricsFile(
        reporter,
        { text },
        {
          path: join(folder, 'donabe.prom'),
          intervalMs: 15_000,
          monotonic: () => now,
        },
      );
      const pass = async (ms: number): Promise<void> => {
        now += ms;
        await vi.advanceTimersByTimeAsync(ms);
      };
      const storm = (): void => {
        for (let each = 0; each < 100; each += 1) reporter.progress('fetching');
      };
      storm();
      await pass(0);
      expect(made).toBe(1);
      storm();
      await pass(14_999);
      expect(made).toBe(1);
      await pass(1);
      expect(made).toBe(2);
      await pass(3_600_000);
      expect(made).toBe(2);
      await stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it('a folder that is not there is said once, and ends nobody', async () => {
    const reporter = new Reporter('device');
    const said: string[] = [];
    reporter.on('happened', ({ name }) => said.push(name));
    const path = join(folder, 'gone', 'donabe.prom');
    const metrics = new Metrics(reporter, TIME);
    const stop = keepMetricsFile(reporter, metrics, { path, intervalMs: 0, monotonic: TIME.monotonic });
    reporter.progress('checking');
    await until(() => said.length > 0);
    await stop();
    expect(said).toEqual(['run-file-unwritable']);
  });

  it('metrics that cannot be made are said once, and end nobody', async () => {
    const reporter = new Reporter('device');
    const said: string[] = [];
    reporter.on('happened', ({ name, message }) => said.push(`${name}: ${message}`));
    const metrics = { text: () => Promise.reject(new Error('no library')) };
    const path = join(folder, 'donabe.prom');
    const stop = keepMetricsFile(reporter, metrics, { path, intervalMs: 0, monotonic: TIME.monotonic });
    reporter.progress('checking');
    await until(() => said.length > 0);
    await stop();
    expect(said).toEqual(['metrics-failed: The metrics cannot be written: no library']);
  });
});

/** Polls a condition that another turn of the event loop brings about. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
