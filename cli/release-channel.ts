/**
 * `donabe release publish | rollout | pause | resume | withdraw`: reads arguments, calls the release room, prints
 * the channel that came of it.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { ChannelChange, PublishedRelease } from '../release/index.ts';
import { buildTime, collect, type Outcome, type Room, run, short, wholeFlag } from './release-room.ts';

interface SigningFlags {
  key: string[];
  expires?: string;
  json?: true;
}

interface RollOutFlags extends SigningFlags {
  percent?: number;
  label: string[];
  region: string[];
  idSuffix: string[];
}

type WrittenChannel = NonNullable<PublishedRelease['channel']>;

/** Adds the verbs to `donabe release`. */
export function addChannelVerbs(release: Command): void {
  addPublish(release);
  addRollOut(release);
  addSwitch(release, 'pause', true, 'nobody begins to install the release any more');
  addSwitch(release, 'resume', false, 'the roll-out goes on');
  addWithdraw(release);
}

function addPublish(release: Command): void {
  const publish = release
    .command('publish')
    .description('copy a signed release into the folder of a server: payloads first, release.json last')
    .argument('<from>', 'the signed release directory')
    .argument('<to>', 'the folder that is served');
  rollOutOptions(signingOptions(publish, false))
    .addHelpText(
      'after',
      '\nWith --key a channel.json is written as well: devices with server.channel = true go by it.\n' +
        '\nExamples:\n  donabe release publish out /srv/cooker\n' +
        '  donabe release publish out /srv/cooker --percent 5 --label pilot --key keys/vendor-2025.key',
    )
    .action((from: string, to: string, flags: RollOutFlags, command: Command) =>
      run(flags, async (room) => {
        if (flags.key.length === 0 && Object.keys(changeOf(flags)).length > 0) {
          throw new room.ReleaseError('OPTIONS_INVALID', 'a channel needs at least one private key: --key');
        }
        const channel =
          flags.key.length === 0
            ? {}
            : { channel: { ...changeOf(flags), ...(await signing(room, flags, command)) } };
        const published = await room.publishRelease({ from, to, ...channel });
        const { version, identity, copied, kept } = published;
        return {
          json: published,
          ok: true,
          lines: [
            `published ${version} (release identity ${short(identity)}): ${copied} files copied, ${kept} there already`,
            ...(published.channel === undefined ? [] : linesOf(published.channel)),
          ],
        };
      }),
    );
}

function addRollOut(release: Command): void {
  const rollOut = release
    .command('rollout')
    .description('say to whom the release of a folder is offered')
    .argument('<folder>', 'the folder that is served');
  rollOutOptions(signingOptions(rollOut, true))
    .addHelpText(
      'after',
      '\nCohorts that are named replace the earlier ones; none named, they stay; --everybody drops them.\n' +
        '\nExamples:\n  donabe release rollout /srv/cooker --percent 25 --key keys/vendor-2025.key\n' +
        '  donabe release rollout /srv/cooker --percent 100 --everybody --key keys/vendor-2025.key',
    )
    .option('--everybody', 'no cohorts any more')
    .action((folder: string, flags: RollOutFlags & { everybody?: true }, command: Command) =>
      changed(folder, flags, { ...changeOf(flags), ...(flags.everybody ? { cohorts: [] } : {}) }, command),
    );
}

function addSwitch(release: Command, name: string, paused: boolean, description: string): void {
  signingOptions(release.command(name), true)
    .description(description)
    .argument('<folder>', 'the folder that is served')
    .addHelpText('after', `\nExample:\n  donabe release ${name} /srv/cooker --key keys/vendor-2025.key`)
    .action((folder: string, flags: SigningFlags, command: Command) =>
      changed(folder, flags, { paused }, command),
    );
}

function addWithdraw(release: Command): void {
  signingOptions(release.command('withdraw'), true)
    .description('nobody is to install a release any more; devices that run it offer a rollback')
    .argument('<folder>', 'the folder that is served')
    .argument('<identity>', 'the release identity, 64 hex digits', identityFlag)
    .requiredOption('--reason <text>', 'what people are told')
    .addHelpText(
      'after',
      '\nExample:\n  donabe release withdraw /srv/cooker 0123...cdef --reason "burns rice" --key keys/vendor-2025.key',
    )
    .action((folder: string, identity: string, flags: SigningFlags & { reason: string }, command: Command) =>
      changed(folder, flags, { withdrawn: { identity, reason: flags.reason } }, command),
    );
}

function signingOptions(command: Command, required: boolean): Command {
  if (required)
    command.requiredOption('--key <file>', 'sign with this private key; may be repeated', collect);
  else command.option('--key <file>', 'sign a channel with this private key; may be repeated', collect, []);
  return command
    .option('--expires <time>', 'ISO 8601 in UTC; from then on devices wait for a newer channel')
    .option('--json', 'print the result as JSON');
}

function rollOutOptions(command: Command): Command {
  return command
    .option('--percent <n>', 'share of the fleet, 0 to 100', wholeFlag)
    .option('--label <word>', 'a cohort: devices with one of these labels; may be repeated', collect, [])
    .option('--region <word>', 'a cohort: devices of one of these regions; may be repeated', collect, [])
    .option('--id-suffix <text>', 'a cohort: ids that end so; may be repeated', collect, []);
}

/** Labels, regions and suffixes that are named together make one cohort: a device must fit each kind. */
function changeOf({ percent, label, region, idSuffix }: RollOutFlags): ChannelChange {
  const cohort = {
    ...(label.length === 0 ? {} : { labels: label }),
    ...(region.length === 0 ? {} : { regions: region }),
    ...(idSuffix.length === 0 ? {} : { idSuffixes: idSuffix }),
  };
  return {
    ...(percent === undefined ? {} : { percent }),
    ...(Object.keys(cohort).length === 0 ? {} : { cohorts: [cohort] }),
  };
}

function changed(
  folder: string,
  flags: SigningFlags,
  change: ChannelChange,
  command: Command,
): Promise<void> {
  return run(flags, async (room): Promise<Outcome> => {
    const channel = await room.changeChannel(folder, change, await signing(room, flags, command));
    return { json: channel, ok: true, lines: linesOf(channel) };
  });
}

async function signing(room: Room, { key, expires }: SigningFlags, command: Command) {
  const keys = await Promise.all(key.map(room.readPrivateKey));
  return { keys, created: buildTime(command), ...(expires === undefined ? {} : { expires }) };
}

function linesOf(channel: WrittenChannel): string[] {
  const to = channel.cohorts.map((cohort) => `  cohort ${JSON.stringify(cohort)}`);
  const state = channel.paused ? 'paused' : `offered to ${channel.percent} %`;
  return [
    `channel ${channel.sequence}: release identity ${short(channel.offered)}, ${state}`,
    ...to,
    ...channel.withdrawn.map(({ identity, reason }) => `  withdrawn ${short(identity)}: ${reason}`),
  ];
}

function identityFlag(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new InvalidArgumentError('it must have 64 lower-case hex digits');
  return value;
}
