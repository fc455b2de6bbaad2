/**
 * What a diagnostics archive holds: one row for each part, each read by itself, so that a device of which little works
 * still tells that little. Every part goes through the one redaction. Loaded only when an archive is made.
 *
 * The command reads `PARTS`; `LIVE_PARTS` can only be told by the agent's own process.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dumpBootControl, type SlotName } from '../bootctl/index.ts';
import { deviceStatus } from './adapters/device-status.ts';
import { MOST_HISTORY, readHistory } from './adapters/history.ts';
import { lockHolder } from './adapters/lock.ts';
import { cpuProfile, heapStatistics, nodeReport } from './adapters/process-evidence.ts';
import { secretsOf } from './adapters/secrets.ts';
import { STATUS_FILE } from './adapters/status-file.ts';
import { copyOfStore } from './adapters/store-copy.ts';
import type { Config } from './config.ts';
import { AgentError } from './errors.ts';
import type { ProgressEvent } from './events.ts';
import { checkChain } from './model/history-chain.ts';
import { type Redact, redaction } from './model/redaction.ts';
import type { TarFile } from './model/tar.ts';
import { bootedSlot, newReporter, openBootControl, openToRead, openVault, storePath } from './open-device.ts';

/** What the running agent remembers beside the device. */
export interface Live {
  readonly log: () => string;
  /** Undefined for a product without an MCU. */
  readonly mcuTrace: () => string | undefined;
}

export interface DiagContext {
  readonly config: Config;
  readonly configPath: string;
  /** Folder for a file that is made on the way and removed. */
  readonly workFolder: string;
  /** Ends what takes its time. */
  readonly signal: AbortSignal;
}
interface LiveContext extends DiagContext {
  readonly live: Live;
}

export interface Collected {
  /** Redacted. */
  readonly parts: readonly TarFile[];
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}

interface Row<Context> {
  readonly name: string;
  /** Undefined: this device has none. */
  readonly read: (context: Context, redact: Redact) => Promise<string | Uint8Array | undefined>;
}

/** A part that is larger is left out, bytes: an archive has room for a few. */
const MOST_PART_BYTES = 8 * 1_048_576;
/** Where the log of the agent's last process is kept (adapters/evidence.ts). */
export const LAST_LOG = 'log-before.txt';

export const PARTS: readonly Row<DiagContext>[] = [
  {
    name: 'history.json',
    read: ({ config }) =>
      withVault(config, async (vault) => {
        const { history, head } = await readHistory(storePath(config), vault, MOST_HISTORY);
        return json({ history, head, chain: checkChain(history.toReversed(), head ?? undefined) });
      }),
  },
  { name: 'status.json', read: ({ config }) => status(config) },
  { name: 'boot-control.json', read: ({ config }) => bootControl(config) },
  { name: 'boot-control-0.bin', read: ({ config }) => bootCopy(config, 0) },
  { name: 'boot-control-1.bin', read: ({ config }) => bootCopy(config, 1) },
  {
    name: 'vault.json',
    read: ({ config }) => withVault(config, async (vault) => json(await vault.copies())),
  },
  { name: 'configuration.toml', read: ({ configPath }) => readFile(configPath) },
  { name: 'release-info.json', read: ({ config }) => readFile(config.values['paths.release-info']) },
  { name: LAST_LOG, read: async ({ config }) => ifThere(join(diagFolder(config), LAST_LOG)) },
  {
    name: 'store.sqlite',
    read: async ({ config, workFolder }, redact) =>
      existsSync(storePath(config))
        ? copyOfStore(storePath(config), join(workFolder, '.store-copy'), redact)
        : undefined,
  },
];

export const LIVE_PARTS: readonly Row<LiveContext>[] = [
  { name: 'log.txt', read: async ({ live }) => live.log() },
  { name: 'mcu.line', read: async ({ live }) => live.mcuTrace() },
  { name: 'heap.json', read: async () => heapStatistics() },
  { name: 'node-report.json', read: async () => nodeReport() },
  {
    name: 'cpu.cpuprofile',
    read: async ({ config, signal }) => {
      const ms = config.values['diag.profile-ms'];
      return ms === 0 ? undefined : cpuProfile(ms, signal);
    },
  },
];

/** Folder of the archives that the agent makes. */
export function diagFolder({ values }: Config): string {
  return join(values['paths.data'], 'diag');
}

/** Reads the rows one after the other. A part that cannot be read is named with its reason; none is an error. */
export async function collect<Context extends DiagContext>(
  rows: readonly Row<Context>[],
  context: Context,
): Promise<Collected> {
  const redact = redaction(secretsOf(context.config.values));
  const parts: TarFile[] = [];
  const missing: { name: string; reason: string }[] = [];
  for (const { name, read } of rows) {
    try {
      const found = await read(context, redact);
      if (found === undefined) continue;
      const bytes = typeof found === 'string' ? Buffer.from(found) : found;
      if (bytes.length > MOST_PART_BYTES) missing.push({ name, reason: `it has ${bytes.length} bytes` });
      else parts.push({ name, bytes: isDone(name) ? bytes : redact(bytes, { sameLength: isBinary(name) }) });
    } catch (error) {
      missing.push({ name, reason: cleanText(redact, reasonOf(error)) });
    }
  }
  return { parts, missing };
}

/** A text without the secrets that this configuration knows. */
export function cleaned({ values }: Config, text: string): string {
  return cleanText(redaction(secretsOf(values)), text);
}

function cleanText(redact: Redact, text: string): string {
  return Buffer.from(redact(Buffer.from(text), { sameLength: false })).toString('utf8');
}

function isBinary(name: string): boolean {
  return name.endsWith('.bin');
}

/** Its rows were redacted one by one: words that are told by their neighbours would be sought across its pages here. */
function isDone(name: string): boolean {
  return name.endsWith('.sqlite');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? `${String(error.code)}: ${error.message}` : error.message;
}

async function status(config: Config): Promise<string> {
  const run = config.values['paths.run'];
  const { device, close } = await openToRead(config, newReporter(config));
  try {
    const event = ifThere(join(run, STATUS_FILE)).then((text) =>
      text === undefined ? undefined : (JSON.parse(String(text)) as ProgressEvent),
    );
    return json(await deviceStatus(device, run, { walker: lockHolder(run), event: await event }));
  } finally {
    await close();
  }
}

async function bootControl(config: Config): Promise<string> {
  const backend = await openBootControl(config, await bootedIfKnown(config));
  try {
    return json({ state: await backend.read(), scrub: await backend.scrub({ repair: false }) });
  } finally {
    await backend.close();
  }
}

async function bootCopy({ values }: Config, copy: number): Promise<Uint8Array | undefined> {
  return (await dumpBootControl(values['boot-control.backend'], values['boot-control.path']))[copy];
}

async function bootedIfKnown(config: Config): Promise<SlotName | undefined> {
  try {
    return await bootedSlot(config);
  } catch (error) {
    if (error instanceof AgentError && error.code === 'BOOTED_SLOT_UNKNOWN') return undefined;
    throw error;
  }
}

async function withVault<T>(
  config: Config,
  work: (vault: Awaited<ReturnType<typeof openVault>>) => Promise<T>,
): Promise<T> {
  const vault = await openVault(config);
  try {
    return await work(vault);
  } finally {
    await vault.close();
  }
}

async function ifThere(path: string): Promise<Uint8Array | undefined> {
  return existsSync(path) ? readFile(path) : undefined;
}

/** A counter of the vault is larger than JSON's numbers. */
function json(value: unknown): string {
  const plain = (_key: string, part: unknown): unknown => (typeof part === 'bigint' ? String(part) : part);
  return `${JSON.stringify(value, plain, 2)}\n`;
}
