/**
 * `donabe diag`: everything that somebody elsewhere needs to look into a failure, in one file without secrets. Reads
 * only, takes no lock. What only the running agent can tell is asked of it; without one the rest is kept.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Collected, Config, Packed } from '../agent/index.ts';
import { askAgent } from './api-client.ts';
import { megabytes, printResult } from './output.ts';
import { type AgentRoom, agentRoom } from './session.ts';

/** The longest CPU profile that may be configured, and what else the agent needs, ms. */
const LIVE_WITHIN_MS = 15_000;

export function diagCommand(configPath: () => string): Command {
  return new Command('diag')
    .description(
      'one archive for whoever looks into a failure: history, store, boot control, logs; no secrets',
    )
    .option('--output <file>', 'where it is written; donabe-diag.tar.gz in this folder')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nAfter an update that failed the agent makes such an archive by itself, in diag/ of its data folder.\nIt takes some seconds beside a running agent: a CPU profile is part of it.\n\nExamples:\n  donabe diag\n  donabe diag --output /media/usb/cooker-17.tar.gz\n  donabe diag --json | jq .missing',
    )
    .action(async (options: { output?: string; json?: true }) => {
      const file = resolve(options.output ?? 'donabe-diag.tar.gz');
      const room = await agentRoom();
      const { bytes, contents } = await archive(room, configPath(), file);
      printResult(options.json === true, { file, bytes: bytes.length, ...contents }, [
        `${file}: ${megabytes(bytes.length)}, ${contents.parts.length} parts`,
        ...contents.missing.map(({ name, reason }) => `not in it: ${name}, because ${reason}`),
      ]);
    });
}

async function archive(room: AgentRoom, configPath: string, file: string): Promise<Packed> {
  const config = await room.loadConfig(configPath);
  const { collect, pack, PARTS, writeArchive } = await room.diagnostics();
  const workFolder = await mkdtemp(join(tmpdir(), 'donabe-diag-'));
  try {
    const signal = new AbortController().signal;
    const kept = await collect(PARTS, { config, configPath, workFolder, signal });
    const live = await liveParts(room, config);
    const about = {
      device: room.newReporter(config).last.device_id,
      agent: room.AGENT_VERSION,
      why: 'asked',
    };
    const all = { parts: [...kept.parts, ...live.parts], missing: [...kept.missing, ...live.missing] };
    const packed = await pack(all, about, config.values['diag.most-bytes'], Date.now());
    await writeArchive(file, packed.bytes);
    return packed;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Redacted by the agent already. */
async function liveParts(room: AgentRoom, config: Config): Promise<Collected> {
  const { act } = room.apiSockets(config.values);
  const reply = await askAgent(act, 'GET', '/api/v1/diag', LIVE_WITHIN_MS);
  if (reply?.status !== 200) {
    const reason = reply === undefined ? 'no agent answers us at its socket' : String(reply.body['message']);
    return { parts: [], missing: [{ name: 'what the running agent knows', reason }] };
  }
  const { parts, missing } = reply.body as unknown as {
    readonly parts: readonly { readonly name: string; readonly text: string }[];
    readonly missing: Collected['missing'];
  };
  return { parts: parts.map(({ name, text }) => ({ name, bytes: Buffer.from(text) })), missing };
}
