/**
 * What `donabe doctor` looks at, beside the board (boot-doctor.ts): one row for each, with the remedy that a
 * technician reads when it is not in order. Nothing is changed. It must not know how findings are printed.
 */
import { existsSync } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { askAgent } from './api-client.ts';
import type { Verdict } from './boot-doctor.ts';
import type { Reading } from './session.ts';

export interface Seen {
  readonly verdict: Verdict;
  readonly detail?: string;
}

export interface Row {
  readonly check: string;
  /** What to do when it is `warn` or `fail`. */
  readonly remedy: string;
  readonly look: (reading: Reading) => Promise<Seen>;
}

/** The store with its log, one chunk index for each installed image, and room for a second of everything, bytes. */
const LEAST_FREE_BYTES = 32 * 1024 * 1024;
/** Write permission of group and others. */
const OTHERS_WRITE = 0o022;
/** An MCU that is well answers within its own resends, ms. */
const MCU_WITHIN_MS = 10_000;
/** One request without retries, by a slow line, ms. */
const SERVER_WITHIN_MS = 30_000;
/** Signatures fail at dates before this one, which every release of this program is younger than. */
const EARLIEST_CLOCK = Date.parse('2025-01-01T00:00:00Z');

/** Looks at names and sizes only, at 10,000 at most, ms. */
const DATA_WITHIN_MS = 30_000;

export const DEVICE_CHECKS: readonly Row[] = [
  {
    check: 'the configuration has no unknown key',
    remedy: 'correct the keys that are named; agent/README.md lists all',
    look: async ({ config }) =>
      config.warnings.length === 0
        ? { verdict: 'pass' }
        : { verdict: 'fail', detail: config.warnings.join(' ') },
  },
  {
    check: 'there are enough trusted keys',
    remedy: 'put the public keys into paths.keys of the system image, or lower trust.threshold',
    look: async ({ config, device }) => {
      const { ring, threshold } = await device.keys();
      const detail = `${ring.keys.length} of at least ${threshold} in ${config.values['paths.keys']}`;
      return { verdict: ring.keys.length >= threshold ? 'pass' : 'fail', detail };
    },
  },
  {
    check: 'nobody but their owner can change the trusted keys',
    remedy: 'chmod go-w on the folder and its files; they belong into the read-only system image',
    look: async ({ config }) => {
      const folder = config.values['paths.keys'];
      // That there are no keys is the finding of the check before.
      if (!existsSync(folder)) return { verdict: 'skip', detail: `${folder} is not there` };
      const { mode, uid } = await stat(folder);
      if ((mode & OTHERS_WRITE) !== 0)
        return { verdict: 'fail', detail: `the folder's mode is ${octal(mode)}` };
      return uid === 0
        ? { verdict: 'pass' }
        : { verdict: 'warn', detail: `the folder belongs to user ${uid}` };
    },
  },
  {
    check: 'the vault has a readable copy',
    remedy: 'donabe provision seals the slots anew; floors and failures of before are lost',
    look: async ({ device }) => {
      const { record, lost } = await device.vault.read();
      if (lost) return { verdict: 'fail', detail: 'both copies are unreadable' };
      return record.seals[device.booted] === undefined
        ? { verdict: 'warn', detail: `slot ${device.booted} has no seal: no way back leads to it` }
        : { verdict: 'pass' };
    },
  },
  {
    check: 'the data folder can be written and has room',
    remedy: 'mount the data partition read-write, make room on it, and give it to the user of the agent',
    look: async ({ config }) => {
      const folder = config.values['paths.data'];
      await access(folder, constants.R_OK | constants.W_OK);
      const { bavail, bsize } = await statfs(folder);
      const free = bavail * bsize;
      return {
        verdict: free >= LEAST_FREE_BYTES ? 'pass' : 'fail',
        detail: `${Math.floor(free / 1024 / 1024)} MiB free of at least ${LEAST_FREE_BYTES / 1024 / 1024}`,
      };
    },
  },
  {
    check: 'the clock is right',
    remedy: 'let systemd-timesyncd or another NTP client set it; certificates and expiry dates depend on it',
    look: async ({ device }) => {
      const detail = new Date(device.clock.now()).toISOString();
      if (device.clock.now() < EARLIEST_CLOCK) return { verdict: 'fail', detail };
      return device.clock.synchronised()
        ? { verdict: 'pass', detail }
        : { verdict: 'warn', detail: `${detail}, and nobody has set it by the network in this boot` };
    },
  },
  {
    check: "the vendor's data can be kept",
    remedy: 'data.paths: real paths on the data partition that the agent may read, within data.byte-budget',
    look: async ({ config, device }) => {
      const paths = config.values['data.paths'];
      if (paths.length === 0) return { verdict: 'skip', detail: 'no data.paths are configured' };
      const { bytes, entries } = await device.data.measure(AbortSignal.timeout(DATA_WITHIN_MS));
      return { verdict: 'pass', detail: `${entries} entries, ${bytes} bytes` };
    },
  },
  {
    check: 'the agent runs',
    remedy: 'systemctl status donabe, and journalctl -u donabe',
    look: async (reading) => {
      const reply = await askAgent(lookSocket(reading), 'GET', '/api/v1/status');
      if (reply?.status === 200) return { verdict: 'pass' };
      return { verdict: 'warn', detail: 'nobody answers at its socket' };
    },
  },
  {
    check: 'the MCU answers',
    remedy: 'check cable, mcu.port and mcu.baud-rate; donabe mcu inspect shows what is on the line',
    look: async (reading) => {
      const { device } = reading;
      if (device.mcu === undefined) return { verdict: 'skip', detail: 'no mcu.port is configured' };
      const heard = await askAgent(lookSocket(reading), 'GET', '/api/v1/mcu');
      // A running agent may have the line: what it heard is as good.
      if (typeof heard?.body['heardMsAgo'] === 'number') {
        return {
          verdict: 'pass',
          detail: `the agent heard it ${Math.round(heard.body['heardMsAgo'] / 1000)} s ago`,
        };
      }
      const { version } = await device.mcu.handshake(AbortSignal.timeout(MCU_WITHIN_MS));
      return { verdict: 'pass', detail: `firmware ${version.firmware ?? 'none'}` };
    },
  },
  {
    check: 'the server answers',
    remedy: 'check server.base-urls, name resolution, proxy and certificates; the code says which',
    look: async ({ room, config, device }) => {
      const urls = config.values['server.base-urls'];
      if (urls.length === 0) return { verdict: 'skip', detail: 'no server.base-urls: only donabe install' };
      const failures: string[] = [];
      for (const url of urls) {
        // Each mirror by itself, with its places filled in.
        const one = { ...config, values: { ...config.values, 'server.base-urls': [url] } };
        const source = await room.configuredSource(one, device);
        if (source === undefined) continue;
        try {
          await source.offer(undefined, AbortSignal.timeout(SERVER_WITHIN_MS));
        } catch (error) {
          failures.push(`${source.name}: ${sentenceOf(error)}`);
        } finally {
          await source.close();
        }
      }
      if (failures.length === 0) return { verdict: 'pass', detail: `${urls.length} of ${urls.length}` };
      // One mirror that answers is enough to be updated.
      return { verdict: failures.length < urls.length ? 'warn' : 'fail', detail: failures.join('; ') };
    },
  },
];

/** With the code where there is one: it is what the tables of the README explain. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? `${String(error.code)}: ` : '';
  return error.message.startsWith(code) ? error.message : `${code}${error.message}`;
}

function lookSocket({ room, config }: Reading): string {
  return room.apiSockets(config.values).look;
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
