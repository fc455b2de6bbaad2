/** How QA's scenarios are run and told: one that fails, one that this host cannot show, and the lines to the parts. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  boardMark,
  compiledFile,
  FixtureError,
  markedProcesses,
  startProxy,
  startReleaseServer,
} from '../../fixtures/index.ts';
import type { Site } from '../../fixtures/qa/ground.ts';
import { processSite } from '../../fixtures/qa/processes.ts';
import { type Outcome, runScenarios } from '../../fixtures/qa/run.ts';
import type { Scenario } from '../../fixtures/qa/scenario.ts';
import { SCENARIOS } from '../../fixtures/qa/scenarios.ts';
import { obeyProxyLine, obeyServerLine } from '../../fixtures/server/console.ts';

const never = new AbortController().signal;
const kept: string[] = [];
afterEach(async () => {
  for (const folder of kept.splice(0)) await rm(folder, { recursive: true, force: true });
});

const liar: Scenario = {
  name: 'liar',
  shows: 'that a claim which does not hold is found',
  play: async (scene) => {
    const board = await scene.switchOn();
    await board.waitForLine(/agent-started/);
    scene.claim('the cooker is made of gold', false);
  },
};
const honest: Scenario = {
  name: 'honest',
  shows: 'that a scenario goes on beside one that fails',
  play: async (scene) => {
    scene.claim('the MCU is idle', (await scene.mcu('show')).startsWith('mode idle;'));
  },
};

describe('scenarios that are run', () => {
  it('fail with their reason and the logs of all parts, and the next one is run all the same', async () => {
    const told: Outcome[] = [];
    const outcomes = await runScenarios([liar, honest], processSite, 1, never, (each) => told.push(each));
    expect(told).toEqual(outcomes);
    const [failed, passed] = outcomes;
    expect(failed).toMatchObject({
      scenario: liar,
      result: 'failed',
      reason: 'CLAIM_FAILED: this does not hold: the cooker is made of gold',
    });
    expect(passed).toMatchObject({ scenario: honest, result: 'passed', reason: undefined, logs: [] });
    const folder = failed?.folder ?? '';
    kept.push(folder);
    expect(existsSync(join(folder, 'cooker/console.log'))).toBe(true);
    const logs = new Map(failed?.logs.map(({ name, lines }) => [name, lines.join('\n')]));
    expect([...logs.keys()].sort()).toEqual([
      'cooker/console.log',
      'logs/mcu.log',
      'logs/proxy.log',
      'logs/server.log',
    ]);
    expect(logs.get('cooker/console.log')).toContain('slot a runs 1.0.0');
    expect(logs.get('logs/server.log')).toMatch(/^http:/);
    expect(await markedProcesses(boardMark(join(folder, 'cooker')))).toEqual([]);
  });

  it('are skipped aloud where the host cannot show them', async () => {
    const poor: Site = {
      ...processSite,
      cannotLimitData: async () => 'a mount namespace is needed',
      clockLibrary: async () => ({ missing: 'libfaketime is needed' }),
    };
    const wanting = SCENARIOS.filter(({ name }) => name === 'disk-full' || name === 'clock-1970');
    const outcomes = await runScenarios(wanting, poor, 1, never, () => undefined);
    expect(outcomes.map(({ result, reason }) => [result, reason])).toEqual([
      ['skipped', 'a mount namespace is needed'],
      ['skipped', 'libfaketime is needed'],
    ]);
  });

  it('are not begun any more once a person has interrupted them', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await runScenarios([honest], processSite, 2, stop.signal, () => undefined)).toEqual([]);
  });

  it('have names of their own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });
});

describe('the command', () => {
  const qa = (...args: string[]): Promise<{ status: unknown; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const whole = [compiledFile('fixtures', 'qa', 'main.js'), ...args];
      // Whatever engine this machine has, here nobody answers.
      const env = { ...process.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' };
      execFile(process.execPath, whole, { env }, (error, stdout, stderr) => {
        resolve({ status: error?.code ?? 0, stdout, stderr });
      });
    });

  it('lists every scenario with what it shows', async () => {
    const { status, stdout } = await qa('--list');
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(SCENARIOS.length);
    for (const { name, shows } of SCENARIOS) expect(stdout).toMatch(new RegExp(`^${name} +${shows}$`, 'm'));
  });

  it('says plainly that there is no container engine', async () => {
    expect(await qa('--docker', 'happy-path')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^ENGINE_MISSING: .+/),
    });
  });

  it('refuses a name that it does not know', async () => {
    expect(await qa('happy-end')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no scenario happy-end'),
    });
  });
});

describe('lines', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'donabe-lines-'));
    await writeFile(join(folder, 'rice'), 'rice');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('to the server make it misbehave, behave, and tell what it was asked', async () => {
    const server = await startReleaseServer(folder);
    try {
      const status = async (): Promise<number> => (await fetch(`${server.url}rice`)).status;
      expect(obeyServerLine(server, 'misbehave rice {"kind":"status","code":503} 1')).toBe('rice: status');
      expect([await status(), await status()]).toEqual([503, 200]);
      obeyServerLine(server, 'misbehave rice {"kind":"status","code":500}');
      expect(obeyServerLine(server, 'behave')).toBe('all files are served correctly');
      expect(await status()).toBe(200);
      const requests = JSON.parse(obeyServerLine(server, 'requests'));
      expect(requests.map((each: { status: number }) => each.status)).toEqual([503, 200, 200]);
      for (const junk of [
        '',
        'cook',
        'misbehave',
        'misbehave rice',
        'misbehave rice {',
        'misbehave rice {"kind":"toString"}',
        'misbehave rice {"kind":"silent"} 0',
        'toString',
      ]) {
        expect(obeyServerLine(server, junk), junk).toMatch(/^not understood; understood are: misbehave /);
      }
    } finally {
      await server.stop();
    }
  });

  it('to the proxy break its line and mend it', async () => {
    const server = await startReleaseServer(folder);
    const proxy = await startProxy(server.url);
    const get = async (): Promise<number> =>
      await fetch(`${proxy.url}rice`, { headers: { connection: 'close' } }).then(
        (answer) => answer.status,
        () => 0,
      );
    try {
      expect(obeyProxyLine(proxy, 'faults {"refuse":true}')).toBe('faults {"refuse":true}');
      expect(await get()).toBe(0);
      expect(obeyProxyLine(proxy, 'mend')).toBe('the line is mended');
      expect(await get()).toBe(200);
      expect(obeyProxyLine(proxy, 'connections')).toBe('2');
      for (const junk of ['faults', 'faults {"cutAfter":-1}', 'faults {"cut":1}', 'mends']) {
        expect(obeyProxyLine(proxy, junk), junk).toMatch(/^not understood; /);
      }
    } finally {
      await proxy.stop();
      await server.stop();
    }
  });
});

describe('a part', () => {
  it('that cannot be started or does not understand is an error that names it', async () => {
    const broken: Site = {
      ...processSite,
      open: (yard) => {
        const ground = processSite.open(yard);
        return {
          ...ground,
          onBoard: ground.onBoard.bind(ground),
          close: ground.close.bind(ground),
          launch: (part, program, args) =>
            ground.launch(
              part,
              part === 'mcu' ? ['cli', 'main.js'] : program,
              part === 'mcu' ? ['no-verb'] : args,
            ),
        };
      },
    };
    const confused: Scenario = {
      ...honest,
      name: 'confused',
      play: async (scene) => {
        await expect(scene.mcu('dance')).rejects.toBeInstanceOf(FixtureError);
      },
    };
    const [lost] = await runScenarios([honest], broken, 1, never, () => undefined);
    kept.push(lost?.folder ?? '');
    expect(lost).toMatchObject({
      result: 'failed',
      reason: expect.stringMatching(/^PART_STOPPED: the mcu ended \(exit status 2\)/),
    });
    const [answered] = await runScenarios([confused], processSite, 1, never, () => undefined);
    expect(answered).toMatchObject({ result: 'passed' });
  });
});
