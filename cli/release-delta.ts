/**
 * `donabe release delta`: reads arguments, calls the release room, prints what was made, and what it took.
 */
import { type Command, Option } from 'commander';
import type { BaseSource, BuiltDeltas, DeltaSetting } from '../release/index.ts';
import { progressBar } from './progress.ts';
import { collect, mib, run, short, wholeFlag } from './release-room.ts';

interface DeltaFlags {
  new?: string;
  base: BaseSource[];
  quality?: DeltaSetting;
  workers?: number;
  key: string[];
  json?: true;
}

/** `class=path` of an image file; anything else is a path as a whole. */
const CLASS_AND_PATH = /^(?<class>[a-z][a-z0-9_-]{0,31})=(?<path>.+)$/s;
/** Kibibytes, as getrusage(2) reports the largest resident set on Linux. */
const RESIDENT_UNIT_BYTES = 1024;

/** Adds the verb to `donabe release`. */
export function addDelta(release: Command): void {
  release
    .command('delta')
    .description('make delta packs for devices that run an earlier release')
    .argument('[folder]', 'the release directory that gets them; --new names it as well')
    .requiredOption(
      '--base <[class=]path>',
      'what devices run: an earlier release directory, or an image file; may be repeated',
      baseFlag,
    )
    .option('--new <folder>', 'the release directory that gets the deltas')
    .addOption(
      new Option('--quality <how>', 'matching and compression (default: "default")').choices([
        'fast',
        'default',
        'release',
      ]),
    )
    .option('--workers <n>', 'threads (default: one per core, at most 8)', wholeFlag)
    .option('--key <file>', 'sign again with this private key; may be repeated', collect, [])
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nThe release keeps its identity; its manifest changes, so it has to be signed again: with --key, or by\n' +
        '`donabe release sign`. Memory is about 1.5 times the base with --quality fast and twice the base else.\n' +
        '\nExamples:\n  donabe release delta --base releases/1.3.0 --new public --key keys/vendor-2025.key\n' +
        '  donabe release delta public --base rootfs=old.ext4 --base releases/1.2.0 --quality release',
    )
    .action((folder: string | undefined, flags: DeltaFlags, command: Command) =>
      run(flags, async (room) => {
        const target = targetOf(folder, flags.new, command);
        const keys = await Promise.all(flags.key.map(room.readPrivateKey));
        const began = performance.now();
        const bar = progressBar(process.stderr, 'delta');
        try {
          const { quality: setting, workers } = flags;
          const built = await room.buildDeltas(
            {
              folder: target,
              bases: flags.base,
              keys,
              ...(setting === undefined ? {} : { setting }),
              ...(workers === undefined ? {} : { workers }),
            },
            ({ done, total, note }) => bar.update(done, total, note),
          );
          const seconds = (performance.now() - began) / 1000;
          const peakBytes = process.resourceUsage().maxRSS * RESIDENT_UNIT_BYTES;
          return {
            json: { ...built, seconds, peakBytes },
            ok: true,
            lines: lines(built, seconds, peakBytes),
          };
        } finally {
          bar.end();
        }
      }),
    );
}

function targetOf(folder: string | undefined, named: string | undefined, command: Command): string {
  const target = folder ?? named;
  if (target === undefined || (folder !== undefined && named !== undefined)) {
    return command.error('error: name the release directory once: as the argument or with --new');
  }
  return target;
}

function lines(built: BuiltDeltas, seconds: number, peakBytes: number): string[] {
  const deltas = built.deltas.map(({ delta, slotClass, codecs }) => {
    const image = built.manifest.images.find((one) => one.class === slotClass);
    const full = image === undefined ? 1 : image.pack.size + image.index.size;
    const bytes = delta.pack.size + delta.index.size;
    return (
      `  ${slotClass} from ${short(delta.base.sha256)}: ${mib(bytes)}, ${((100 * bytes) / full).toFixed(1)} % of the full way` +
      ` (${codecs.zero} zero, ${codecs.raw} raw, ${codecs.brotli} brotli, ${codecs.delta} delta)`
    );
  });
  const unchanged = built.unchanged.map(({ slotClass, base }) => `  ${slotClass} is ${short(base)} already`);
  return [
    `release ${built.manifest.version} in ${built.folder} ${whatIsNew(built)}`,
    ...deltas,
    ...unchanged,
    `  ${seconds.toFixed(1)} s, ${mib(peakBytes)} of memory at most`,
  ];
}

function whatIsNew({ deltas, keyIds, awaitsSignature }: BuiltDeltas): string {
  const news =
    deltas.length === 0
      ? "has no new delta: there is nothing to do, the base is this release's own image"
      : `has ${deltas.length} new deltas`;
  if (keyIds.length > 0) return `${news}, signed by ${keyIds.map(short).join(', ')}`;
  return awaitsSignature ? `${news}, not signed yet: \`donabe release sign\` comes next` : news;
}

/** What `--base` takes: a path, or a slot class and the path of its image. */
export function baseFlag(value: string, earlier: BaseSource[] = []): BaseSource[] {
  const { class: slotClass, path } = CLASS_AND_PATH.exec(value)?.groups ?? {};
  const isPair = slotClass !== undefined && path !== undefined;
  return [...earlier, isPair ? { class: slotClass, path } : { path: value }];
}
