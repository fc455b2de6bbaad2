/**
 * A board inside a tree: partitions and boot control as files in the agent's own folder, a configuration and keys as
 * part of the image. It must not know how the tree is booted.
 */
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AndroidMisc, type BootState, openFileRegion } from '../../bootctl/index.ts';
import { encodePublicKey, encodeReleaseInfo, generateKeyPair } from '../../format/index.ts';
import { run } from './host.ts';

/** Where the emulated devices lie on the board. */
const BOARD = '/var/lib/donabe/board';
const MIB = 1024 * 1024;

const CONFIGURATION = `
[device]
compatible = "container/qa"
[paths]
vault = ["${BOARD}/vault-0", "${BOARD}/vault-1"]
cmdline = "${BOARD}/cmdline"
uptime = "${BOARD}/uptime"
[boot-control]
path = "${BOARD}/misc"
[slots.a]
rootfs = "${BOARD}/rootfs_a"
[slots.b]
rootfs = "${BOARD}/rootfs_b"
[[health]]
name = "boot-complete"
command = ["systemctl", "is-active", "--quiet", "boot-complete.target"]
retries = 100
retry-pause-ms = 200
`;

/** A container has the host's kernel: its command line, and the time since it booted. */
const PROBE = `[Service]
Environment=DONABE_CMDLINE=${BOARD}/cmdline DONABE_MISC=${BOARD}/misc DONABE_UPTIME=${BOARD}/uptime
`;
/** A watchdog that a test can wait for, s. */
export const WATCHDOG_S = 6;

/** Puts a board into the tree, in which the package is installed; slot a is good and booted. */
export async function makeBoard(tree: string): Promise<void> {
  const files: Readonly<Record<string, string | Uint8Array>> = {
    '/etc/donabe/donabe.toml': CONFIGURATION,
    '/usr/lib/donabe/release-info.json': encodeReleaseInfo({
      compatible: 'container/qa',
      version: '1.0.0',
      sequence: 1,
      securityVersion: 0,
      channel: 'stable',
      created: '2026-01-01T00:00:00Z',
    }),
    '/etc/donabe/keys.d/vendor.pub': encodePublicKey(generateKeyPair('vendor').publicKey),
    [`${BOARD}/cmdline`]: 'quiet donabe.slot=a\n',
    [`${BOARD}/uptime`]: '10.00 10.00\n',
    '/etc/systemd/system/donabe.service.d/watchdog.conf': `[Service]\nWatchdogSec=${WATCHDOG_S}\nRestartSec=1\n`,
    '/etc/systemd/system/donabe-confirmed.service.d/board.conf': PROBE,
    '/etc/systemd/system/donabe-trial-deadline.service.d/board.conf': PROBE,
  };
  for (const [path, content] of Object.entries(files)) await put(tree, path, content);
  for (const name of ['rootfs_a', 'rootfs_b', 'misc']) {
    await put(tree, `${BOARD}/${name}`, '');
    await truncate(join(tree, BOARD, name), MIB);
  }
  await onBootControl(tree, (misc) => misc.initialise('a'));
  await run('chroot', tree, 'chown', '-R', 'donabe:donabe', dirname(BOARD));
}

/** From the next boot on slot b is booted, on trial, and slot a is good: as after an update. */
export async function putOnTrial(tree: string): Promise<void> {
  await onBootControl(tree, (misc) => misc.activate('b', 3));
  await put(tree, `${BOARD}/cmdline`, 'quiet donabe.slot=b\n');
}

export async function readBootControl(tree: string): Promise<BootState> {
  let state: BootState | undefined;
  await onBootControl(tree, async (misc) => {
    state = await misc.read();
  });
  if (state === undefined) throw new Error('the boot control was not read');
  return state;
}

async function onBootControl(tree: string, work: (misc: AndroidMisc) => Promise<void>): Promise<void> {
  const misc = new AndroidMisc(await openFileRegion(join(tree, BOARD, 'misc')));
  try {
    await work(misc);
  } finally {
    await misc.close();
  }
}

export async function put(tree: string, path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), content);
}
