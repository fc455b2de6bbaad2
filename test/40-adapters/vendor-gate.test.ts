/** A vendor's gate: what it may answer, and every way in which a module can go wrong. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VendorGate } from '../../agent/adapters/vendor-gate.ts';
import { AgentError } from '../../agent/errors.ts';
import type { GateContext } from '../../agent/model/gates/answer.ts';

const CONTEXT: GateContext = {
  stage: 'activate',
  device: { id: 'kitchen-17', compatible: 'cooker/a', version: '1.0.0', labels: [], region: '' },
  release: {
    identity: '00'.repeat(32),
    version: '2.0.0',
    sequence: 2,
    securityVersion: 0,
    channel: 'stable',
    severity: 'normal',
    apply: 'now',
  },
  clock: { now: 0, synchronised: true, unsynchronisedMs: 0 },
  mcuMode: 'absent',
  supplyMillivolts: undefined,
  boardCelsius: undefined,
  consented: false,
  rollOut: undefined,
  heldBy: undefined,
};

let folder: string;
let modules = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-gate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const never = new AbortController().signal;
/** Long enough for a thread to start on a busy machine; gates that hang get less. */
const PATIENT_MS = 60_000;

async function gate(source: string, timeoutMs = PATIENT_MS): Promise<VendorGate> {
  modules += 1;
  const module = join(folder, `gate ${modules}#.mjs`);
  await writeFile(module, source);
  return new VendorGate({ name: 'vendor', module, priority: 100, timeoutMs, memoryMiB: 16 });
}

async function failure(work: Promise<unknown>): Promise<AgentError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw new Error(`no AgentError: ${String(error)}`);
  return error;
}

it.each([
  ["{ kind: 'allow' }", { kind: 'allow' }],
  ["{ kind: 'wait', reason: 'not now' }", { kind: 'wait', reason: 'not now' }],
  ["{ kind: 'wait', reason: 'not now', until: 17 }", { kind: 'wait', reason: 'not now', until: 17 }],
  ["{ kind: 'deny', reason: 'no' }", { kind: 'deny', reason: 'no' }],
  ["{ kind: 'prefer', version: '1.9.0' }", { kind: 'prefer', version: '1.9.0' }],
  ['undefined', undefined],
  ['null', undefined],
])('may answer %s', async (text, answer) => {
  expect(
    await (await gate(`export const evaluate = async () => (${text});`)).evaluate(CONTEXT, never),
  ).toEqual(answer);
});

it('is told all of the context, and changes none of it', async () => {
  const source = `export const evaluate = (context) => {
    const reason = [context.stage, context.device.id, context.release.version, Object.keys(process.env).length].join();
    context.stage = 'fetch';
    return { kind: 'deny', reason };
  };`;
  expect(await (await gate(source)).evaluate(CONTEXT, never)).toEqual({
    kind: 'deny',
    reason: 'activate,kitchen-17,2.0.0,0',
  });
  expect(CONTEXT.stage).toBe('activate');
});

it.each([
  ['throws', "export const evaluate = () => { throw new Error('broken'); };", /broken/],
  ['throws what is no error', "export const evaluate = () => { throw 'broken'; };", /./],
  ['throws while it is loaded', "throw new Error('broken');", /broken/],
  ['is no module', 'this is no JavaScript', /./],
  ['has no evaluate', 'export const nothing = 1;', /evaluate/],
  ['exits', 'export const evaluate = () => process.exit(0);', /without an answer/],
  ['answers with a word', "export const evaluate = () => 'allow';", /nonsense/],
  ['answers with an unknown kind', "export const evaluate = () => ({ kind: 'maybe' });", /nonsense/],
  ['waits without a reason', "export const evaluate = () => ({ kind: 'wait' });", /nonsense/],
  [
    'waits until nonsense',
    "export const evaluate = () => ({ kind: 'wait', reason: 'x', until: 1.5 });",
    /nonsense/,
  ],
  [
    'answers with a book',
    "export const evaluate = () => ({ kind: 'deny', reason: 'x'.repeat(5000) });",
    /no answer/,
  ],
  [
    'sends a message of its own',
    "import { parentPort } from 'node:worker_threads';\nparentPort.postMessage('{');\nexport const evaluate = () => new Promise(() => {});",
    /nonsense/,
  ],
  [
    'eats memory',
    'export const evaluate = () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); };',
    /memory/,
  ],
  [
    'eats buffers, which no limit of a thread counts',
    'export const evaluate = async () => { const all = []; for (;;) { all.push(Buffer.alloc(1 << 20, 1)); await new Promise((go) => setTimeout(go, 1)); } };',
    /MiB/,
  ],
])('that %s has failed, and the agent goes on', async (_, source, why) => {
  const error = await failure((await gate(source)).evaluate(CONTEXT, never));
  expect(error.code).toBe('GATE_FAILED');
  expect(error.policy).toBe('wait');
  expect(error.message).toMatch(why);
});

it('that is not there has failed', async () => {
  const missing = new VendorGate({
    name: 'vendor',
    module: join(folder, 'missing.mjs'),
    priority: 1,
    timeoutMs: PATIENT_MS,
    memoryMiB: 16,
  });
  expect((await failure(missing.evaluate(CONTEXT, never))).code).toBe('GATE_FAILED');
});

it.each([
  ['never answers', 'export const evaluate = () => new Promise((_, late) => setTimeout(late, 2 ** 30));'],
  ['turns in a circle', 'export const evaluate = () => { for (;;); };'],
  ['turns in a circle while it is loaded', 'for (;;);'],
])('that %s is ended at its time limit', async (_, source) => {
  const error = await failure((await gate(source, 300)).evaluate(CONTEXT, never));
  expect(error.message).toMatch(/within 300 ms/);
});

it('is ended when the walk is', async () => {
  const stop = new AbortController();
  const work = (await gate('export const evaluate = () => { for (;;); };')).evaluate(CONTEXT, stop.signal);
  stop.abort('terminate');
  await expect(work).rejects.toBe('terminate');
});
