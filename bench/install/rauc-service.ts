/** `rauc service` on a bus of its own, with a boot loader that says yes to everything. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { outputOf } from '../tool.ts';

const RETRY_MS = 50;
const BACKEND = `#!/bin/sh
case "$1" in
get-primary) echo A ;;
get-state) echo good ;;
esac
`;

export interface RaucService {
  readonly pid: number;
  /** What a client needs to find it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Slot A is the booted one; B is `slot`. */
export async function startRaucService(folder: string, slot: string): Promise<RaucService> {
  const backend = join(folder, 'boot-loader');
  await writeFile(backend, BACKEND);
  await chmod(backend, 0o755);
  const configuration = join(folder, 'system.conf');
  await writeFile(configuration, systemConf(folder, backend, slot));
  const address = `unix:path=${join(folder, 'bus')}`;
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', `--address=${address}`], {
    stdio: 'ignore',
  });
  await once(bus, 'spawn');
  const environment = { DBUS_SYSTEM_BUS_ADDRESS: address };
  const own = ['-c', configuration, `--mount=${join(folder, 'mount')}`];
  // The bus may not listen yet; rauc then ends and is started again.
  for (;;) {
    const service = spawn('rauc', [...own, 'service', '--override-boot-slot=A'], {
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    });
    await once(service, 'spawn');
    if (await answers(service, environment)) {
      const stop = async (): Promise<void> => {
        await ended(service);
        await ended(bus);
      };
      return { pid: service.pid ?? 0, environment, stop };
    }
  }
}

async function answers(service: ChildProcess, environment: Record<string, string>): Promise<boolean> {
  const ask = [
    'call',
    '--address',
    environment['DBUS_SYSTEM_BUS_ADDRESS'] ?? '',
    '--dest',
    'de.pengutronix.rauc',
  ];
  const what = ['--object-path', '/', '--method', 'org.freedesktop.DBus.Peer.Ping'];
  while (service.exitCode === null) {
    const is = await outputOf('gdbus', [...ask, ...what]).then(
      () => true,
      () => false,
    );
    if (is) return true;
    await pause(RETRY_MS);
  }
  return false;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

function systemConf(folder: string, backend: string, slot: string): string {
  return `[system]
compatible=bench
bootloader=custom

[handlers]
bootloader-custom-backend=${backend}

[keyring]
path=${join(folder, 'cert.pem')}

[slot.rootfs.0]
device=/dev/null
type=raw
bootname=A

[slot.rootfs.1]
device=${slot}
type=raw
bootname=B
`;
}
