/** What the package and its units are held to, each in a container that systemd booted. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBoard, put, putOnTrial, readBootControl, WATCHDOG_S } from './board.ts';
import { Container } from './container.ts';
import { attempt, run, until } from './host.ts';

export interface Scenario {
  readonly name: string;
  /** `tree` is fresh, with the package unpacked beside it as `packageFile`. */
  readonly run: (tree: string, packageFile: string) => Promise<void>;
}

const WAIT_MS = 60_000;
const UNITS = ['donabe.service', 'donabe-trial-deadline.service', 'donabe-slot-read-only.service'] as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'installs in a chroot, enables and starts nothing, and boots without a configuration',
    run: chroot,
  },
  {
    name: 'the agent is ready as its own user, which may reboot, and is started again by the watchdog',
    run: watchdog,
  },
  { name: "root's commands leave nothing that locks the agent out", run: root },
  { name: 'upgrades, removes and purges beside a running agent', run: upgrade },
  { name: 'a trial is marked good after boot-complete.target, and then confirmed', run: goodTrial },
  {
    name: 'a trial that fails a check is marked bad, and the agent reboots through polkit',
    run: failedTrial,
  },
  { name: 'the booted slot becomes read-only in the kernel', run: readOnlySlot },
];

const SCRAPE =
  "http.get({ socketPath: '/run/donabe/look.sock', path: '/metrics' }, (body) => body.pipe(process.stdout))";

async function chroot(tree: string, packageFile: string): Promise<void> {
  await install(tree, packageFile);
  for (const unit of UNITS)
    assert.equal(await run('chroot', tree, 'systemctl', 'is-enabled', unit), 'enabled\n');
  await booted(tree, async (board) => {
    assert.equal(await board.show('donabe.service', 'ActiveState'), 'inactive');
    assert.equal(await board.show('donabe.service', 'ConditionResult'), 'no');
    assert.equal(await board.run('systemctl', '--failed', '--quiet', '--plain'), '');
    assert.equal(await board.run('stat', '--format=%U:%G %a', '/run/donabe'), 'donabe:donabe 755');
    assert.equal(await board.run('stat', '--format=%U:%G %a', '/var/lib/donabe'), 'donabe:donabe 750');
    const { status, output } = await board.attempt('donabe', 'status');
    assert.match(output, /CONFIG_INVALID/);
    assert.equal(status, 1);
  });
}

async function watchdog(tree: string, packageFile: string): Promise<void> {
  await onBoard(tree, packageFile, async (board) => {
    const pid = await board.show('donabe.service', 'MainPID');
    assert.equal(await board.run('stat', '--format=%U', `/proc/${pid}`), 'donabe');
    assert.equal(await board.show('donabe.service', 'StatusText'), 'idle');
    // The locks of U-Boot's tools, from inside the same sandbox.
    const locks = ['/run/fw_printenv.lock', '/var/lock/fw_printenv.lock'];
    for (const lock of locks)
      await board.run(...IN_SANDBOX, 'flock', '--exclusive', '--nonblock', lock, 'true');
    const asNobody = [
      'setpriv',
      '--reuid=nobody',
      '--clear-groups',
      'systemctl',
      '--no-ask-password',
      'reboot',
    ];
    assert.match((await board.attempt(...asNobody)).output, /[Aa]ccess denied|authentication required/);
    // Longer than the watchdog's period: it is fed.
    const fed = await board.show('donabe.service', 'WatchdogTimestampMonotonic');
    await until('the next feed', 2 * WATCHDOG_S * 1000, async () =>
      (await board.show('donabe.service', 'WatchdogTimestampMonotonic')) === fed ? undefined : true,
    );
    assert.equal(await board.show('donabe.service', 'MainPID'), pid);
    await board.run('systemctl', 'kill', '--kill-whom=main', '--signal=STOP', 'donabe.service');
    await until('a new agent', WAIT_MS, async () => {
      const now = await board.show('donabe.service', 'MainPID');
      return now === '0' || now === pid ? undefined : now;
    });
    await agentIsUp(board);
    assert.equal(await board.show('donabe.service', 'NRestarts'), '1');
    assert.match(await board.run('journalctl', '--unit=donabe', '--output=cat'), /Watchdog timeout/);
    // The bundle brings the library of the metrics along; this socket is everybody's.
    assert.match(await board.run('node', '--eval', SCRAPE), /^donabe_agent_info\{.*\} 1$/m);
    // Each line has its level as its priority, and the mark of it is gone.
    const notices = await board.run('journalctl', '--unit=donabe', '--priority=notice', '--output=cat');
    assert.match(notices, /^agent-started: /m);
    assert.doesNotMatch(notices, /^(?:phase |<)/m);
  });
}

async function root(tree: string, packageFile: string): Promise<void> {
  await onBoard(tree, packageFile, async (board) => {
    await board.run('systemctl', 'stop', 'donabe.service');
    await board.run('find', '/run/donabe', '/var/lib/donabe', '-maxdepth', '1', '-type', 'f', '-delete');
    // It looks where nothing is offered: the store, the lock and the run folder are made on the way.
    const { output } = await board.attempt('donabe', 'install', '/srv');
    assert.match(output, /SOURCE_UNREADABLE/);
    await board.run('donabe', 'boot', 'status');
    const strangers = ['find', '/run/donabe', '/var/lib/donabe', '!', '-user', 'donabe'];
    assert.equal(await board.run(...strangers), '');
    assert.match(await board.run('ls', '/var/lib/donabe'), /store\.sqlite/);
    await board.run('systemctl', 'start', 'donabe.service');
    await agentIsUp(board);
    assert.match(await board.run('donabe', 'status'), /runs 1\.0\.0/);
    assert.equal(await board.run(...strangers), '');
  });
}

async function upgrade(tree: string, packageFile: string): Promise<void> {
  await onBoard(tree, packageFile, async (board) => {
    const pid = await board.show('donabe.service', 'MainPID');
    await put(tree, '/usr/lib/donabe/trial-deadline.conf', 'DEADLINE_S=700\n');
    await board.run('systemctl', 'disable', '--quiet', 'donabe-slot-read-only.service');
    await board.run('dpkg', '--force-confdef', '--force-confold', '--install', INSIDE);
    await until('the agent of the new package', WAIT_MS, async () => {
      const now = await board.show('donabe.service', 'MainPID');
      return now === '0' || now === pid ? undefined : now;
    });
    await agentIsUp(board);
    assert.equal(await board.run('cat', '/usr/lib/donabe/trial-deadline.conf'), 'DEADLINE_S=700');
    const { output } = await board.attempt('systemctl', 'is-enabled', 'donabe-slot-read-only.service');
    assert.equal(output, 'disabled\n');
    await board.run('dpkg', '--remove', 'donabe');
    assert.equal(await board.run('find', '/proc', '-maxdepth', '1', '-user', 'donabe'), '');
    assert.equal(await board.show('donabe.service', 'LoadState'), 'not-found');
    assert.equal((await board.attempt('ls', '/usr/bin/donabe')).status, 2);
    assert.match(await board.run('ls', '/var/lib/donabe'), /store\.sqlite/);
    await board.run('dpkg', '--purge', 'donabe');
    assert.equal((await board.attempt('ls', '/var/lib/donabe')).status, 2);
    assert.equal(await board.run('cat', '/etc/donabe/keys.d/vendor.pub').then((key) => key.length > 0), true);
    assert.equal(await board.run('systemctl', '--failed', '--quiet', '--plain'), '');
  });
}

async function goodTrial(tree: string, packageFile: string): Promise<void> {
  await install(tree, packageFile);
  await makeBoard(tree);
  await putOnTrial(tree);
  // A vendor's check that takes its time, ordered as systemd asks for it.
  await vendorCheck(tree, '/bin/sleep 4');
  await booted(tree, async (board) => {
    await board.run('systemctl', 'start', '--no-block', 'donabe-confirmed.service');
    await until('the confirmation', WAIT_MS, async () =>
      (await board.show('donabe-confirmed.service', 'ActiveState')) === 'active' ? true : undefined,
    );
    const moments = await Promise.all(
      ['boot-complete.target', 'donabe-confirmed.service'].map(async (unit) =>
        Number(await board.show(unit, 'ActiveEnterTimestampMonotonic')),
      ),
    );
    const [complete = 0, confirmed = 0] = moments;
    assert.ok(complete > 0 && complete < confirmed);
    // The boot itself did not wait for the trial.
    assert.ok(Number(await board.show('multi-user.target', 'ActiveEnterTimestampMonotonic')) < confirmed);
    assert.equal((await readBootControl(tree)).slots.b.successful, true);
    await until('the end of the deadline unit', WAIT_MS, async () =>
      (await board.show('donabe-trial-deadline.service', 'ActiveState')) === 'inactive' ? true : undefined,
    );
    assert.equal(await board.show('donabe-trial-deadline.service', 'Result'), 'success');
  });
}

async function failedTrial(tree: string, packageFile: string): Promise<void> {
  await install(tree, packageFile);
  await makeBoard(tree);
  await putOnTrial(tree);
  await vendorCheck(tree, '/bin/false');
  const board = Container.start(tree);
  try {
    await board.rebooted();
  } finally {
    await board.stop();
  }
  const { a, b } = (await readBootControl(tree)).slots;
  assert.equal(b.ranked, false);
  assert.equal(a.successful, true);
}

/** Loop devices of the host stand for the slots; the script runs on the host, with its settings of the test. */
async function readOnlySlot(tree: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'donabe-slots-'));
  const devices: string[] = [];
  const mount = join(folder, 'root');
  try {
    for (const name of ['a', 'b', 'c']) {
      const image = join(folder, name);
      await run('truncate', '--size=2M', image);
      await run('mkfs.ext4', '-q', image);
      devices.push((await run('losetup', '--find', '--show', image)).trim());
    }
    const [a = '', b = '', boot = ''] = devices;
    await run('mkdir', mount);
    await run('mount', '--read-only', b, mount);
    const conf = join(folder, 'slots.conf');
    await writeFile(conf, `SLOT_A=${a}\nSLOT_B=${b} ${boot}\n`);
    const script = async (word: string): Promise<{ readonly status: number; readonly output: string }> => {
      const cmdline = join(folder, 'cmdline');
      await writeFile(cmdline, `quiet ${word}\n`);
      const settings = { SLOTS_CONF: conf, ROOT: mount, CMDLINE: cmdline, WAIT_S: '0' };
      const environment = Object.entries(settings).map(([name, value]) => `DONABE_${name}=${value}`);
      return attempt('env', ...environment, 'sh', join(tree, 'slot-read-only.sh'));
    };
    const flags = async (): Promise<string> =>
      (await Promise.all(devices.map((device) => run('blockdev', '--getro', device))))
        .join('')
        .replaceAll('\n', '');
    const contradicted = await script('donabe.slot=a');
    assert.match(contradicted.output, /names slot a, but .* lies on slot b; nothing is set/);
    assert.equal(contradicted.status, 1);
    assert.equal((await script('donabe.slot=c')).status, 1);
    assert.equal((await script('donabe.slot=b rauc.slot=A')).status, 1);
    assert.equal(await flags(), '000');
    assert.equal((await script('')).status, 0);
    assert.equal(await flags(), '011');
    assert.equal((await attempt('dd', 'if=/dev/zero', `of=${boot}`, 'count=1', 'conv=fsync')).status, 1);
    assert.equal((await script('androidboot.slot_suffix=_b')).status, 0);
    await run('umount', mount);
    assert.match((await script('')).output, /names no slot, and .* lies on no device/);
  } finally {
    await attempt('umount', mount);
    // The flag outlives the detachment of a loop device.
    for (const device of devices) await attempt('blockdev', '--setrw', device);
    for (const device of devices) await attempt('losetup', '--detach', device);
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the unit lets the agent do, in short. */
const IN_SANDBOX = [
  'systemd-run',
  '--quiet',
  '--wait',
  '--property=User=donabe',
  '--property=ProtectSystem=strict',
  '--property=NoNewPrivileges=yes',
] as const;

const INSIDE = '/root/donabe.deb';

async function install(tree: string, packageFile: string): Promise<void> {
  await run('cp', packageFile, join(tree, INSIDE));
  await run('chroot', tree, 'dpkg', '--install', INSIDE);
}

async function booted(tree: string, work: (board: Container) => Promise<void>): Promise<void> {
  const board = await Container.boot(tree);
  try {
    await work(board);
  } finally {
    await board.stop();
  }
}

async function onBoard(
  tree: string,
  packageFile: string,
  work: (board: Container) => Promise<void>,
): Promise<void> {
  await install(tree, packageFile);
  await makeBoard(tree);
  await booted(tree, async (board) => {
    await agentIsUp(board);
    await work(board);
  });
}

async function agentIsUp(board: Container): Promise<void> {
  await until('the agent', WAIT_MS, async () => {
    const state = await board.show('donabe.service', 'ActiveState');
    return state === 'active' ? true : undefined;
  });
}

async function vendorCheck(tree: string, command: string): Promise<void> {
  const unit = `[Unit]\nBefore=boot-complete.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=${command}\n`;
  await put(tree, '/etc/systemd/system/vendor-check.service', unit);
  await put(
    tree,
    '/etc/systemd/system/boot-complete.target.d/vendor.conf',
    '[Unit]\nRequires=vendor-check.service\n',
  );
}
