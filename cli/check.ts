/** `donabe check`: is there something for this device? Writes nothing and takes no lock. */
import { Command } from 'commander';
import { printResult } from './output.ts';
import { type Reading, reading } from './session.ts';
import { parseSource } from './source-argument.ts';

export function checkCommand(configPath: () => string): Command {
  return new Command('check')
    .description('ask the source for a release and judge it, without installing it')
    .argument('[source]', 'http(s) URL, folder or mount point; default: the configured server', parseSource)
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExamples:\n  donabe check\n  donabe check /media/usb/release --json')
    .action((source: string | undefined, options: { json?: true }) =>
      reading(configPath(), async (context) => {
        const found = await judge(context, source);
        printResult(options.json === true, found, [found.sentence]);
      }),
    );
}

interface Found {
  readonly offered: boolean;
  readonly installed: boolean;
  readonly version: string;
  readonly identity: string;
  readonly freshness: string;
  readonly sentence: string;
}

async function judge({ room, config, device }: Reading, text: string | undefined): Promise<Found> {
  const source =
    text === undefined ? await room.configuredSource(config, device) : room.openSource(config, text);
  if (source === undefined) {
    throw new room.AgentError(
      'NOTHING_TO_DO',
      'No server is configured; name a source: donabe check SOURCE.',
    );
  }
  try {
    const answer = await source.offer(undefined, new AbortController().signal);
    if (answer.kind === 'unchanged') throw new Error('a source answered "unchanged" to nobody');
    const release = await room.verify(device, answer.envelope, { forced: false, retried: false });
    const { version } = release.manifest;
    const { record } = await device.vault.read();
    const installed = record.seals[device.booted]?.identity === release.identity;
    const sentence = installed
      ? `Release ${version} is installed already.`
      : `Release ${version} is offered by ${source.name} (now ${device.release.version}; freshness ${release.freshness}).`;
    return {
      offered: !installed,
      installed,
      version,
      identity: release.identity,
      freshness: release.freshness,
      sentence,
    };
  } finally {
    await source.close();
  }
}
