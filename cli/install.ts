/** `donabe install SOURCE`: one update by hand, from a server, a folder or a mount point. */
import { Command } from 'commander';
import type { ProgressEvent, UpdateOutcome } from '../agent/index.ts';
import { parseByteRate } from './byte-rate.ts';
import { goOn, YES } from './go-on.ts';
import { megabytes, printResult } from './output.ts';
import { progressBar } from './progress.ts';
import { leaveRequest } from './request.ts';
import { agentRoom, walking } from './session.ts';
import { parseSource } from './source-argument.ts';

interface InstallOptions {
  readonly force?: true;
  readonly retry?: true;
  readonly json?: true;
  readonly yes?: true;
  /** Bytes per second. */
  readonly limitRate?: number;
}

export function installCommand(configPath: () => string): Command {
  return new Command('install')
    .description('install a release and reboot into it when the cooker lets the board reboot')
    .argument('<source>', 'http(s) URL, folder or mount point', parseSource)
    .option('--force', 'accept an older or expired release (root only; never an unsigned or a foreign one)')
    .option('--retry', 'try again what failed here before')
    .option('--limit-rate <rate>', 'receive at most so many bytes per second: 500k, 1.5M', parseByteRate)
    .option(...YES)
    .option('--json', 'one JSON object for each event')
    .addHelpText(
      'after',
      `
Ctrl-C stops after the chunk at hand; the same command goes on from there. An install ends a pause.
--limit-rate stands in for server.rate-limit; k, M and G are powers of 1024. It is for servers, not for folders,
and not for an install --force that the running agent takes over: that one keeps to server.rate-limit.

Examples:
  donabe install https://updates.example/cooker/
  donabe install https://updates.example/cooker/ --limit-rate 500k
  donabe install /media/usb/release --force --yes`,
    )
    .action(async (source: string, options: InstallOptions) => {
      if (options.force) {
        await requireRoot();
        await goOn(
          '--force passes version, age, expiry and gates; signatures and the cooker still count.',
          options,
        );
      }
      const work = (left?: number): Promise<void> => installHere(configPath(), source, options, left);
      const verb = options.retry ? 'force-retry' : 'force';
      if (options.force) await leaveRequest(configPath(), verb, () => source, options.json === true, work);
      else await work();
    });
}

/** Rule 12: on the device and by root, never by a medium alone. */
async function requireRoot(): Promise<void> {
  if (process.getuid?.() === 0) return;
  const { AgentError } = await agentRoom();
  throw new AgentError('ROOT_NEEDED', 'install --force is for root on the device.');
}

async function installHere(
  configPath: string,
  address: string,
  options: InstallOptions,
  left: number | undefined,
): Promise<void> {
  await walking(configPath, 'install', async ({ room, config, device, signal }) => {
    if (left !== undefined) device.store.answerRequest(left, 'ok: done by the command');
    const finish = showProgress(device.reporter, options.json === true);
    const source = room.openSource(config, address, options.limitRate);
    try {
      // A person's command is no start of the agent: it repairs what keeps the agent from starting.
      await room.enter(device, signal, true);
      if (room.isPaused(device)) {
        room.rememberPaused(device, false);
        finish();
        printResult(options.json === true, { kind: 'pause-ended' }, ['The pause is over: updates go on.']);
      }
      const how = { forced: options.force === true, retried: options.retry === true, consented: true };
      const outcome = await room.update(device, source, how, signal);
      finish();
      printResult(options.json === true, outcome, [sentenceOf(outcome)]);
    } catch (error) {
      if (!(error instanceof room.Stopped)) throw error;
      finish();
      // The SIGTERM of the reboot that this command asked for looks like any other.
      const rebooting = device.reporter.last.phase === 'rebooting';
      printResult(options.json === true, { kind: rebooting ? 'rebooting' : 'stopped' }, [
        rebooting
          ? 'Rebooting into the new release.'
          : 'Stopped; the same command goes on from the last checkpoint.',
      ]);
    } finally {
      finish();
      await source.close();
    }
  });
}

function showProgress(
  reporter: { on(name: 'progressed', listener: (event: ProgressEvent) => void): unknown },
  json: boolean,
): () => void {
  if (json) {
    reporter.on('progressed', (event) => process.stdout.write(`${JSON.stringify(event)}\n`));
    return () => {};
  }
  const bar = progressBar(process.stderr, 'install');
  reporter.on('progressed', ({ progress, phase, reason, bytes, falls }) => {
    const fell = falls > 0 ? `, ${falls} chunks fell to full frames` : '';
    const moved = `fetched ${megabytes(bytes.fetched)}, reused ${megabytes(bytes.reused)}${fell}`;
    bar.update(progress, 100, reason === undefined ? `${phase} (${moved})` : `${phase}: ${reason}`);
  });
  return () => bar.end();
}

function sentenceOf(outcome: UpdateOutcome): string {
  switch (outcome.kind) {
    case 'nothing-new':
      return 'The source has nothing new.';
    case 'already-installed':
      return `Release ${outcome.version} is installed already.`;
    case 'held':
      return `Release ${outcome.version} waits for the gate ${outcome.gate}: ${outcome.reason}.`;
    case 'awaits-next-boot':
      return `Release ${outcome.version} is active and runs from the next boot on.`;
    case 'needs-consent':
      return `Release ${outcome.version} is ready and asks for a yes.`;
  }
}
