/**
 * `npm run bench:agent -- [--cache FOLDER] [--rounds N] [--idle SECONDS]`: what the bundled agent costs a board as a
 * service, beside a bare Node in the same run: start, memory and processor time while idle, memory while it installs.
 * The board is emulated, without an MCU; root gets loop devices and a memory limit.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeKeys } from '../fixtures/index.ts';
import { agentAims, agentTables, type Install, type Measured } from './agent/aims.ts';
import { bareIdle, bareStart } from './agent/bare-node.ts';
import { watchIdle } from './agent/idle.ts';
import { seededImage } from './agent/images.ts';
import { NotifySocket } from './agent/notify-socket.ts';
import { RunningAgent } from './agent/running-agent.ts';
import { figureRow, summary } from './figure.ts';
import { describeHost, hostText } from './host.ts';
import { defaultCache } from './images.ts';
import { Board } from './install/board.ts';
import { limitMemory } from './install/limit.ts';
import { addDelta, makeRelease, noiseImage } from './install/releases.ts';
import { memoryOf } from './measured.ts';
import { Web } from './web.ts';

const MIB = 2 ** 20;
const IMAGE_BYTES = 128 * MIB;
/** Noise that the factory flashed where nothing of the release may be found on the board. */
const FACTORY_BYTES = 4 * MIB;
/** The smallest boards have no more. */
const LIMIT_BYTES = 128_000_000;
/** After the first look at the server, ms: the engine collects what start-up left 8 to 10 s after it. */
const SETTLE_MS = 15_000;

const { values } = parseArgs({
  options: {
    cache: { type: 'string', default: defaultCache() },
    rounds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '120' },
  },
});
const idleS = Number(values.idle);
const folder = join(tmpdir(), `donabe-agent-bench-${process.pid}`);
const www = join(folder, 'www');
const keys = makeKeys('bench');
const note = (text: string): boolean => process.stderr.write(`${text}\n`);

await mkdir(www, { recursive: true });
await mkdir(values.cache, { recursive: true });
const host = await describeHost(['nginx-light', 'systemd', 'python3']);
process.stdout.write(`${hostText(host)}\n`);
try {
  await bench();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  note(`making releases of ${IMAGE_BYTES / MIB} MiB`);
  const [v1, v2] = [join(folder, 'v1.img'), join(folder, 'v2.img')];
  await seededImage(v1, 1, IMAGE_BYTES);
  await seededImage(v2, 2, IMAGE_BYTES);
  const noise = await noiseImage(join(folder, 'noise.img'), FACTORY_BYTES);
  const factory = await makeRelease(join(folder, 'factory'), noise, '1.0.0', keys);
  const old = await makeRelease(join(folder, 'old'), v1, '1.0.0', keys);
  const release = await makeRelease(join(folder, 'unpublished'), v2, '2.0.0', keys);
  await addDelta(release.folder, v1, keys);

  const web = await Web.start(www, join(folder, 'nginx'));
  const socket = await NotifySocket.open(join(folder, 'notify'));
  const common = { keys, slotBytes: IMAGE_BYTES, noise: true, baseUrls: [`${web.url}/release/`] };
  const full = await Board.create({ folder: join(folder, 'full'), factory, ...common });
  const delta = await Board.create({ folder: join(folder, 'delta'), factory: old, ...common });
  try {
    const starts = await startsOf(full, socket);
    const idle = await idleOf(full, socket);
    const installs = {
      full: await install('full', { board: full, socket, web, image: v2 }),
      delta: await install('delta', { board: delta, socket, web, image: v2 }),
    };
    const limited = await underLimit({
      full: { board: full, socket, web, image: v2 },
      delta: { board: delta, socket, web, image: v2 },
    });
    const result: Measured = { starts, idle, idleS, installs, limited };
    process.stdout.write(agentTables(result));
    const figures = [...agentAims(result)];
    for (const figure of figures) process.stdout.write(`${figureRow(figure)}\n`);
    const report = join(values.cache, 'agent.json');
    await writeFile(
      report,
      JSON.stringify({ host, imageBytes: IMAGE_BYTES, ...result, figures }, undefined, 1),
    );
    process.stdout.write(`\nas JSON: ${report}\n${summary('bench:agent', figures)}\n`);
  } finally {
    await socket.close();
    await web.stop();
    await full.remove();
    await delta.remove();
  }
}

/** Interleaved, the page cache warm: what the programs need, not what the disk does. */
async function startsOf(board: Board, socket: NotifySocket): Promise<Measured['starts']> {
  const starts: { agentS: number[]; bareS: number[] } = { agentS: [], bareS: [] };
  // One that does not count fills the page cache.
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    note(round === 0 ? 'start, to warm up' : `start ${round}`);
    const bareS = await bareStart();
    const agent = await agentOn(board, socket);
    try {
      await agent.idle();
    } finally {
      await agent.stop();
    }
    if (round === 0) continue;
    starts.bareS.push(bareS);
    starts.agentS.push(agent.readyS);
  }
  return starts;
}

async function idleOf(board: Board, socket: NotifySocket): Promise<Measured['idle']> {
  note(`idle for ${idleS} s`);
  await board.reset();
  const agent = await agentOn(board, socket);
  const bare = await bareIdle();
  try {
    await agent.idle();
    await pause(SETTLE_MS);
    const [ofAgent, ofBare] = await watchIdle([agent.pid, bare.pid], idleS * 1000);
    if (ofAgent === undefined || ofBare === undefined) throw new Error('two were watched');
    return { agent: ofAgent, bare: ofBare };
  } finally {
    await bare.stop();
    await agent.stop();
  }
}

interface InstallOn {
  readonly board: Board;
  readonly socket: NotifySocket;
  readonly web: Web;
  readonly image: string;
}

/** An agent that is idle is asked to install what its server offers from then on. */
async function install(
  name: string,
  { board, socket, web, image }: InstallOn,
  under: readonly string[] = [],
): Promise<Install> {
  note(`install: ${name}`);
  await board.reset();
  const agent = await agentOn(board, socket, under);
  try {
    await agent.idle();
    const before = memoryOf(agent.pid).rss;
    await rename(join(folder, 'unpublished'), join(www, 'release'));
    await web.sent();
    const wallS = await agent.upgrade();
    const peak = memoryOf(agent.pid).rss;
    await agent.stop();
    await board.expect(image, IMAGE_BYTES);
    return { wallS, peak, before, wire: (await web.sent()).bytes };
  } finally {
    await agent.stop();
    await rename(join(www, 'release'), join(folder, 'unpublished'));
  }
}

/** What did not end is undefined; undefined as a whole where no limit can be set, which is said. */
async function underLimit(boards: Readonly<Record<string, InstallOn>>): Promise<Measured['limited']> {
  const limit = await limitMemory(LIMIT_BYTES);
  if (typeof limit === 'string') {
    process.stdout.write(`no install under a memory limit: ${limit}\n`);
    return undefined;
  }
  try {
    const ended: Record<string, Install | undefined> = {};
    for (const [name, on] of Object.entries(boards)) {
      ended[name] = await install(`${name}, under ${LIMIT_BYTES / 1e6} MB`, on, limit.under).catch(said);
    }
    return ended;
  } finally {
    await limit.remove();
  }
}

/** The agent did not survive the limit: a result. */
function said(error: unknown): undefined {
  process.stdout.write(`${String(error)}\n`);
}

async function agentOn(
  board: Board,
  socket: NotifySocket,
  under: readonly string[] = [],
): Promise<RunningAgent> {
  const { configuration } = board;
  return await RunningAgent.start({ folder: dirname(configuration), configuration, socket, under });
}
