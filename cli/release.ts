/**
 * `donabe release keygen | build | delta | sign | verify | inspect | publish ...`: reads arguments, calls the release room, prints.
 * Results go to stdout, progress to stderr; errors are thrown to `main.ts`, which prints them and sets the status.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { SchemeName } from '../format/index.ts';
import type {
  BaseSource,
  BuildOptions,
  BuiltRelease,
  InspectedRelease,
  VerifiedRelease,
} from '../release/index.ts';
import { progressBar } from './progress.ts';
import { addChannelVerbs } from './release-channel.ts';
import { addDelta, baseFlag } from './release-delta.ts';
import { buildTime, collect, mib, run, short, wholeFlag } from './release-room.ts';

const SCHEMES: readonly SchemeName[] = ['ed25519', 'ecdsa-p256-sha256'];
const REQUIREMENTS: readonly string[] = ['from', 'agent', 'bootLoader', 'mcuProtocol', 'dataSchema'];

/** The command `release` with its verbs; the caller adds it to the program. */
export function releaseCommand(): Command {
  const release = new Command('release')
    .description('make, sign and check releases (on the build host)')
    .addHelpText(
      'after',
      '\nExamples:\n  donabe release build --help\n  donabe release verify public --keys keys/vendor-2025.pub',
    )
    .exitOverride();
  addKeygen(release);
  addBuild(release);
  addDelta(release);
  addSign(release);
  addVerify(release);
  addInspect(release);
  addChannelVerbs(release);
  return release;
}

function addKeygen(release: Command): void {
  release
    .command('keygen')
    .description('make a signing key: NAME.key stays on the build host, NAME.pub goes into the system image')
    .argument('<name>', 'name of the key, for people')
    .option('--out <folder>', 'where the two files go', '.')
    .addOption(new Option('--scheme <scheme>', 'how it signs').choices(SCHEMES).default('ed25519'))
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  donabe release keygen vendor-2025 --out keys')
    .action((name: string, options: { out: string; scheme: SchemeName; json?: true }) =>
      run(options, async (room) => {
        const keys = await room.generateKeys(options.out, name, options.scheme);
        return {
          json: keys,
          ok: true,
          lines: [
            `key id   ${keys.keyId}`,
            `public   ${keys.publicKeyPath}`,
            `private  ${keys.privateKeyPath}`,
          ],
        };
      }),
    );
}

interface BuildFlags {
  out: string;
  image: BuildOptions['images'][number][];
  compatible: string;
  releaseVersion: string;
  sequence: number;
  securityVersion?: number;
  channel?: string;
  severity?: NonNullable<BuildOptions['severity']>;
  fix: string[];
  created?: string;
  expires?: string;
  requires: [string, string][];
  mcuFirmware?: { version: string; path: string };
  mcuProtocol?: { lowest: number; highest: number };
  apply?: NonNullable<BuildOptions['apply']>;
  notes?: string;
  chunkSize?: number;
  quality?: NonNullable<BuildOptions['quality']>;
  previous?: string;
  key: string[];
  json?: true;
}

function addBuild(release: Command): void {
  release
    .command('build')
    .description('cut images into packs and write a release directory')
    .requiredOption('--out <folder>', 'the release directory')
    .requiredOption('--image <class=path>', 'an image for a slot class; once for each class', imageFlag)
    .requiredOption('--compatible <product/board>', 'which devices it is for')
    .requiredOption('--release-version <semver>', 'its version')
    .requiredOption('--sequence <n>', 'strictly rising number of the release', wholeFlag)
    .option('--security-version <n>', 'rises when older releases must not come back (default: 0)', wholeFlag)
    .option('--channel <name>', '(default: "stable")')
    .addOption(
      new Option('--severity <how>', '(default: "normal")').choices(['critical', 'security', 'normal']),
    )
    .option('--fix <id>', 'what it repairs, such as a CVE number; may be repeated', collect, [])
    .option('--created <time>', 'ISO 8601 in UTC (default: SOURCE_DATE_EPOCH, else now)')
    .option('--expires <time>', 'ISO 8601 in UTC')
    .option('--requires <name=range>', 'what a device must have, such as from=>=1.2.0', requirementFlag, [])
    .option('--mcu-firmware <version=path>', 'the MCU firmware that the system image carries', firmwareFlag)
    .option('--mcu-protocol <range>', 'what its link speaks, such as 1 or 1-2 (default: "1")', protocolFlag)
    .addOption(new Option('--apply <when>', '(default: "now")').choices(['now', 'next-boot', 'ask']))
    .option('--notes <text>', 'what people should know')
    .option('--chunk-size <bytes>', 'a power of two from 65536 to 4194304 (default: 1048576)', wholeFlag)
    .addOption(
      new Option('--quality <how>', 'compression (default: "default")').choices([
        'none',
        'fast',
        'default',
        'release',
      ]),
    )
    .option('--previous <folder>', 'an earlier release whose frames are reused')
    .option('--key <file>', 'sign with this private key; may be repeated', collect, [])
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  donabe release build --out public --image rootfs=rootfs.ext4 --image boot=boot.img \\\n' +
        '    --compatible rice-cooker/rc1 --release-version 1.4.0 --sequence 14 --key keys/vendor-2025.key',
    )
    .action((flags: BuildFlags, command: Command) =>
      run(flags, async (room) => {
        const options = buildOptions(flags, command);
        const keys = await Promise.all(flags.key.map(room.readPrivateKey));
        const bar = progressBar(process.stderr, 'pack');
        try {
          const built = await room.buildRelease({ ...options, keys }, ({ done, total, note }) =>
            bar.update(done, total, note),
          );
          return { json: built, ok: true, lines: linesOfBuild(built) };
        } finally {
          bar.end();
        }
      }),
    );
}

function addSign(release: Command): void {
  release
    .command('sign')
    .description('sign the manifest of a release directory, or add signatures')
    .argument('<folder>', 'the release directory')
    .requiredOption('--key <file>', 'private key; may be repeated', collect)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  donabe release sign public --key keys/vendor-2025.key')
    .action((folder: string, options: { key: string[]; json?: true }) =>
      run(options, async (room) => {
        const signed = await room.signRelease(
          folder,
          await Promise.all(options.key.map(room.readPrivateKey)),
        );
        const lines = [`signed ${signed.version} (release identity ${short(signed.identity)})`];
        return {
          json: signed,
          ok: true,
          lines: [...lines, ...signed.keyIds.map((id) => `  key ${short(id)}`)],
        };
      }),
    );
}

function addVerify(release: Command): void {
  release
    .command('verify')
    .description('check signatures and every byte of a release directory as a device would')
    .argument('<folder>', 'the release directory')
    .requiredOption('--keys <path>', 'public key, or a folder of them; may be repeated', collect)
    .option('--threshold <n>', 'how many of the keys must have signed', wholeFlag, 1)
    .option(
      '--base <[class=]path>',
      'apply the deltas to this earlier release or image; may be repeated',
      baseFlag,
      [],
    )
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  donabe release verify public --keys keys/vendor-2025.pub')
    .action(
      (folder: string, options: { keys: string[]; threshold: number; base: BaseSource[]; json?: true }) =>
        run(options, async (room) => {
          const ring = await room.readKeyRing(options.keys);
          const bar = progressBar(process.stderr, 'verify');
          try {
            const verified = await room.verifyRelease(
              folder,
              ring,
              options.threshold,
              ({ done, total, note }) => bar.update(done, total, note),
              options.base,
            );
            return { json: verified, ok: verified.ok, lines: linesOfVerify(verified) };
          } finally {
            bar.end();
          }
        }),
    );
}

function addInspect(release: Command): void {
  release
    .command('inspect')
    .description('show what a release directory says about itself; checks no signature')
    .argument('<folder>', 'the release directory')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  donabe release inspect public --json')
    .action((folder: string, options: { json?: true }) =>
      run(options, async (room) => {
        const inspected = await room.inspectRelease(folder);
        return { json: inspected, ok: true, lines: linesOfInspect(inspected) };
      }),
    );
}

function buildOptions(flags: BuildFlags, command: Command): BuildOptions {
  const { out, image, releaseVersion, fix, requires, json: _json, key: _key, created, ...others } = flags;
  const { mcuFirmware, mcuProtocol, ...rest } = others;
  if (mcuProtocol !== undefined && mcuFirmware === undefined) {
    return command.error('error: --mcu-protocol says something about --mcu-firmware, which is missing');
  }
  const protocol = mcuProtocol && { protocol: mcuProtocol };
  return {
    ...rest,
    ...(mcuFirmware === undefined ? {} : { mcuFirmware: { ...mcuFirmware, ...protocol } }),
    folder: out,
    images: image,
    version: releaseVersion,
    created: created ?? buildTime(command),
    fixes: fix,
    requires: Object.fromEntries(requires),
  };
}

function linesOfBuild(built: BuiltRelease): string[] {
  const images = built.images.map(({ image, chunks, reusedFrames, codecs }) => {
    const frames = `${chunks} frames (${codecs.zero} zero, ${codecs.raw} raw, ${codecs.brotli} brotli`;
    return `  ${image.class}: ${mib(image.size)} in ${mib(image.pack.size)}, ${frames}, ${reusedFrames} reused)`;
  });
  const signed =
    built.keyIds.length === 0 ? 'not signed yet' : `signed by ${built.keyIds.map(short).join(', ')}`;
  return [
    `release ${built.manifest.version} in ${built.folder}, ${signed}`,
    `  release identity ${built.identity}`,
    ...images,
  ];
}

function linesOfVerify(verified: VerifiedRelease): string[] {
  const findings = verified.findings.map(({ code, file, message }) => `  ${code} ${file}: ${message}`);
  if (!verified.ok) return [`release refused: ${findings.length} findings`, ...findings];
  return [
    `release ${verified.manifest?.version ?? ''} is good: ${verified.frames} frames, every byte checked`,
    `  release identity ${verified.identity ?? ''}`,
    ...verified.keyIds.map((id) => `  signed by ${short(id)}`),
    ...verified.deltas.map(
      ({ slotClass, base, applied }) =>
        `  delta of ${slotClass} from ${short(base)}: ${applied ? 'applied to its base' : 'decoded; --base applies it'}`,
    ),
  ];
}

function linesOfInspect(inspected: InspectedRelease): string[] {
  const { manifest, images, identity, claimedKeyIds, signed } = inspected;
  const claims = signed ? `claims keys ${claimedKeyIds.map(short).join(', ')} (not checked)` : 'not signed';
  const changed = signed && inspected.awaitsSignature;
  return [
    `release ${manifest.version} for ${manifest.compatible}, ${claims}`,
    ...(changed ? ['  manifest.json is another one: not signed yet, not shown here; sign it first'] : []),
    `  release identity ${identity}`,
    `  sequence ${manifest.sequence}, security version ${manifest.securityVersion}, channel ${manifest.channel}`,
    `  created ${manifest.created}, expires ${manifest.expires ?? 'never'}, apply ${manifest.apply}`,
    ...Object.entries(manifest.requires).map(([name, range]) => `  requires ${name} ${range}`),
    ...images.flatMap((image) => [
      `  ${image.class}: ${mib(image.size)} in ${mib(image.packSize)}, ${image.chunks} chunks of ${mib(image.chunkSize)}` +
        ` (${image.codecs.zero} zero, ${image.codecs.raw} raw, ${image.codecs.brotli} brotli)`,
      ...image.deltas.map(
        ({ base, packSize, codecs }) =>
          `  ${image.class} from ${short(base.sha256)}: ${mib(packSize)}` +
          ` (${codecs.zero} zero, ${codecs.raw} raw, ${codecs.brotli} brotli, ${codecs.delta} delta)`,
      ),
    ]),
    ...(manifest.mcuFirmware === undefined ? [] : [`  MCU firmware ${manifest.mcuFirmware.version}`]),
  ];
}

function imageFlag(value: string, earlier: BuildOptions['images'] = []): BuildOptions['images'] {
  const [slotClass, path] = pair(value, 'class=path');
  return [...earlier, { class: slotClass, path }];
}

function requirementFlag(value: string, earlier: [string, string][]): [string, string][] {
  const [name, range] = pair(value, 'name=range');
  // A device passes over a name that it does not know, so a misspelt one would ask for nothing.
  if (!REQUIREMENTS.includes(name)) throw new InvalidArgumentError(`known names: ${REQUIREMENTS.join(', ')}`);
  return [...earlier, [name, range]];
}

function firmwareFlag(value: string): { version: string; path: string } {
  const [version, path] = pair(value, 'version=path');
  return { version, path };
}

function protocolFlag(value: string): { lowest: number; highest: number } {
  const [, lowest, highest = lowest] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(value) ?? [];
  if (lowest === undefined) throw new InvalidArgumentError('it must look like 1 or 1-2');
  return { lowest: Number(lowest), highest: Number(highest) };
}

function pair(value: string, form: string): [string, string] {
  const at = value.indexOf('=');
  if (at < 1 || at === value.length - 1) throw new InvalidArgumentError(`it must look like ${form}`);
  return [value.slice(0, at), value.slice(at + 1)];
}
