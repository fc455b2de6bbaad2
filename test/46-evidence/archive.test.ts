/** The diagnostics archive: what is in it, that no secret is, its limits, and when the agent makes one by itself. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requireRoom, writeArchive } from '../../agent/adapters/diag-archive.ts';
import { Evidence } from '../../agent/adapters/evidence.ts';
import { LineRing } from '../../agent/adapters/line-ring.ts';
import { LogRing } from '../../agent/adapters/log-ring.ts';
import { type Happening, newReporter, type Reporter } from '../../agent/index.ts';
import { redaction } from '../../agent/model/redaction.ts';
import { tarOf } from '../../agent/model/tar.ts';
import { buildProgram } from '../../cli/program.ts';
import { type BytePort, FRAME_FORMAT, RecordingReader } from '../../mcu-bridge/index.ts';
import { found, GOSSIP, HauntedDevice, opened, SECRETS } from './haunted-device.ts';

let device: HauntedDevice;
let evidence: Evidence | undefined;
let reporter: Reporter;
beforeEach(() => {
  process.env['DONABE_TEST_TOKEN'] = SECRETS.token;
});
afterEach(async () => {
  delete process.env['DONABE_TEST_TOKEN'];
  await evidence?.close();
  evidence = undefined;
  device.remove();
});

function running(more = ''): Evidence {
  device = new HauntedDevice(more);
  reporter = newReporter(device.config);
  evidence = new Evidence({
    config: device.config,
    configPath: device.configPath,
    reporter,
    log: new LogRing(),
  });
  evidence.open({ vault: { read: () => device.readVault() }, mcuTrace: () => gossipOnTheLine().text() });
  evidence.hear(() => undefined)(GOSSIP);
  return evidence;
}

/** A ring that heard a token on the MCU's line. */
function gossipOnTheLine(): LineRing {
  const ring = new LineRing({
    path: '/dev/null',
    baudRate: 9600,
    parity: 'none',
    format: FRAME_FORMAT,
    numbered: true,
  });
  const port: BytePort = {
    write: async () => undefined,
    onData: (listener) => listener(Buffer.from(SECRETS.token)),
    onClose: () => undefined,
    close: async () => undefined,
  };
  const heard = ring.listenTo(port);
  heard.onData(() => undefined);
  void heard.write(Buffer.from([1, 2, 3]));
  return ring;
}

/** Ends a deployment and rests; resolves with the event that tells what became of the evidence. */
async function fails(outcome = 'rolled-back'): Promise<Happening> {
  const told = new Promise<Happening>((resolve) => {
    const listen = (happening: Happening): void => {
      if (!happening.name.startsWith('diag-')) return;
      reporter.off('happened', listen);
      resolve(happening);
    };
    reporter.on('happened', listen);
  });
  reporter.happened('deployment-closed', 'it is over', { outcome });
  reporter.progress('idle');
  return told;
}

function archives(): readonly string[] {
  return readdirSync(device.diagFolder)
    .filter((name) => name.endsWith('.gz'))
    .sort();
}

const WHOLE = [
  'contents.json',
  ...[
    'boot-control-0.bin',
    'boot-control.json',
    'configuration.toml',
    'cpu.cpuprofile',
    'heap.json',
    'history.json',
  ],
  ...[
    'log.txt',
    'mcu.line',
    'node-report.json',
    'release-info.json',
    'status.json',
    'store.sqlite',
    'vault.json',
  ],
];

describe('after an update that failed', () => {
  it('the agent makes an archive with everything in it, and no secret', async () => {
    running();
    await device.plantVault(false);
    expect(await fails()).toMatchObject({ name: 'diag-made', facts: { missing: [] } });
    expect(archives()).toEqual(['diag-0001-rolled-back.tar.gz']);
    const path = join(device.diagFolder, 'diag-0001-rolled-back.tar.gz');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    const bytes = readFileSync(path);
    const { names, file } = opened(bytes);
    expect([...names].sort()).toEqual([...WHOLE].sort());
    expect(found(bytes)).toEqual([]);
    // What is no secret is still there to be read.
    expect(file('log.txt').toString()).toMatch(/asked https:\/\/.*@rice\.example.*"note": "kept"/s);
    expect(JSON.parse(file('history.json').toString())).toMatchObject({
      history: [{ id: 'd2' }, { id: 'd1' }],
    });
    expect(JSON.parse(file('boot-control.json').toString())).toMatchObject({ state: { active: 'a' } });
    expect(JSON.parse(file('status.json').toString())).toMatchObject({
      device: 'haunted',
      deployment: { id: 'd3' },
    });
    expect(JSON.parse(file('cpu.cpuprofile').toString()).samples.length).toBeGreaterThan(0);
    expect(JSON.parse(file('node-report.json').toString())).not.toHaveProperty('environmentVariables');
    expect(file('configuration.toml').toString()).toContain('compatible = "donabe-cooker/lab"');
    const reader = new RecordingReader();
    expect(reader.push(file('mcu.line').toString().replaceAll('[redacted]', ''))).toHaveLength(2);
    expect(file('boot-control-0.bin')).toHaveLength(16_384);
    expect(readdirSync(device.diagFolder)).toEqual(['diag-0001-rolled-back.tar.gz']);
  });

  it('a trial that is open has the disk for itself; the archive comes after it', async () => {
    running();
    await device.plantVault(true);
    reporter.happened('deployment-closed', 'it is over', { outcome: 'abandoned' });
    reporter.progress('waiting');
    await evidence?.live();
    expect(existsSync(device.diagFolder)).toBe(false);
    await device.plantVault(false);
    expect(await fails('abandoned')).toMatchObject({ name: 'diag-made' });
    expect(archives()).toHaveLength(1);
  });

  it('an end that is no failure makes none, and neither does a configuration that wants none', async () => {
    running();
    await device.plantVault(false);
    reporter.happened('deployment-closed', 'it is over', { outcome: 'confirmed' });
    reporter.progress('idle');
    await evidence?.close();
    expect(archives()).toEqual([]);
    device.remove();
    running('diag.after-failure = false');
    reporter.happened('deployment-closed', 'it is over', { outcome: 'rolled-back' });
    reporter.progress('idle');
    await evidence?.close();
    expect(archives()).toEqual([]);
  });

  it('keeps the newest five, and what a power cut left half written goes', async () => {
    running('diag.most-archives = 2');
    await device.plantVault(false);
    mkdirSync(device.diagFolder);
    writeFileSync(join(device.diagFolder, '.diag-0001-abandoned.tar.gz.new'), 'half');
    for (let round = 0; round < 4; round++) await fails();
    expect(archives()).toEqual(['diag-0003-rolled-back.tar.gz', 'diag-0004-rolled-back.tar.gz']);
    expect(readdirSync(device.diagFolder)).toHaveLength(2);
  });

  it('leaves the largest parts out of an archive that would be too large, and says so', async () => {
    running('diag.most-bytes = 65536');
    await device.plantVault(false);
    // What cannot be made smaller.
    const noise = Buffer.from(
      Array.from({ length: 200_000 }, (_, at) => (at * 7919 + (at >> 3) * 104_729) & 0xff),
    );
    writeFileSync(
      join(device.folder, 'release-info.json'),
      Buffer.concat([noise, Buffer.from(crypto.getRandomValues(new Uint8Array(65_000)))]),
    );
    expect(await fails()).toMatchObject({
      facts: { missing: expect.arrayContaining(['release-info.json']) },
    });
    const bytes = readFileSync(join(device.diagFolder, archives()[0] ?? ''));
    expect(bytes.length).toBeLessThanOrEqual(65_536);
    const contents = JSON.parse(opened(bytes).file('contents.json').toString());
    expect(contents.missing).toContainEqual({
      name: 'release-info.json',
      reason: 'no room: the archive has at most 65536 bytes',
    });
  });

  it('a disk that takes nothing is said and changes nothing', async () => {
    running();
    await device.plantVault(false);
    writeFileSync(device.diagFolder, 'no folder');
    expect(await fails()).toMatchObject({ name: 'diag-failed', facts: { code: 'EEXIST' } });
    rmSync(device.diagFolder);
    await expect(requireRoom(device.folder, Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({
      code: 'DIAG_FAILED',
    });
    await expect(writeArchive(join(device.folder, 'no', 'such'), Buffer.alloc(1))).rejects.toMatchObject({
      code: 'DIAG_FAILED',
    });
    // A device of which little works still tells that little.
    for (const gone of ['misc', 'release-info.json', 'data/store.sqlite']) rmSync(join(device.folder, gone));
    expect(await fails()).toMatchObject({ name: 'diag-made' });
    const { names, file } = opened(readFileSync(join(device.diagFolder, archives()[0] ?? '')));
    expect(names).toEqual(expect.arrayContaining(['vault.json', 'log.txt', 'history.json']));
    const missing = JSON.parse(file('contents.json').toString()).missing.map(
      ({ name }: { name: string }) => name,
    );
    expect(missing).toEqual(
      expect.arrayContaining(['status.json', 'boot-control.json', 'release-info.json']),
    );
  });

  it('a link that lies in wait beside the archive is not followed', async () => {
    device = new HauntedDevice();
    const victim = join(device.folder, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, join(device.folder, '.cooker.tar.gz.new'));
    await writeArchive(join(device.folder, 'cooker.tar.gz'), Buffer.from('archive'));
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(readFileSync(join(device.folder, 'cooker.tar.gz'), 'utf8')).toBe('archive');
  });

  it('the log of a process is kept for the next one, without secrets', async () => {
    const first = running();
    await device.plantVault(false);
    reporter.progress('rebooting');
    await first.close();
    const kept = readFileSync(join(device.diagFolder, 'log-before.txt'), 'utf8');
    expect(kept).toContain('@rice.example');
    evidence = new Evidence({
      config: device.config,
      configPath: device.configPath,
      reporter,
      log: new LogRing(),
    });
    evidence.open({ vault: { read: () => device.readVault() }, mcuTrace: () => undefined });
    await fails();
    const bytes = readFileSync(join(device.diagFolder, archives()[0] ?? ''));
    expect(opened(bytes).file('log-before.txt').toString()).toBe(kept);
    expect(found(bytes)).toEqual([]);
  });
});

describe('donabe diag', () => {
  it('makes the same without an agent, where it is told to, and says what is missing', async () => {
    device = new HauntedDevice();
    await device.plantVault(true);
    const file = join(device.folder, 'cooker.tar.gz');
    let out = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
      out += String(piece);
      return true;
    });
    const words = ['--config', device.configPath, 'diag', '--output', file, '--json'];
    await buildProgram([])
      .parseAsync(words, { from: 'user' })
      .finally(() => write.mockRestore());
    expect(JSON.parse(out)).toMatchObject({
      file,
      device: 'haunted',
      why: 'asked',
      missing: [{ name: 'what the running agent knows', reason: 'no agent answers us at its socket' }],
    });
    const bytes = readFileSync(file);
    expect(found(bytes)).toEqual([]);
    expect(opened(bytes).names).toContain('vault.json');
    expect(JSON.parse(opened(bytes).file('vault.json').toString())[0].record.trial).toMatchObject({
      slot: 'b',
    });
    expect(readdirSync(device.folder)).not.toContain('.cooker.tar.gz.new');
  });
});

describe('the redaction', () => {
  beforeEach(() => {
    device = new HauntedDevice();
  });

  it('takes a known secret out of any bytes, keeps the length where it must, and changes nothing else', () => {
    const redact = redaction([SECRETS.token]);
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.boolean(), (before, after, sameLength) => {
        const bytes = Buffer.concat([before, Buffer.from(SECRETS.token), after]);
        const clean = Buffer.from(redact(bytes, { sameLength }));
        expect(clean.includes(SECRETS.token)).toBe(false);
        if (sameLength) expect(clean).toHaveLength(bytes.length);
      }),
    );
    const harmless = Buffer.from(
      'tokens are counted; the password is asked for at http://rice.example/a?b=c#d',
    );
    expect(Buffer.from(redact(harmless, { sameLength: false }))).toEqual(harmless);
  });

  it('is done in time, whatever it is given', () => {
    const redact = redaction([SECRETS.token]);
    const endless = [
      '?',
      'x-',
      ';a',
      'token',
      'https://',
      '-----BEGIN PRIVATE KEY-----',
      'secret\\\\"',
      'cookie: ',
      'token = [',
      'password = """',
      "'token', '",
      'eyJ',
    ];
    for (const start of endless) {
      const began = performance.now();
      redact(Buffer.from(start.repeat(10) + start + 'a'.repeat(2_000_000)), { sameLength: true });
      redact(Buffer.from(start.repeat(50_000)), { sameLength: false });
      // A hundred times what it takes: a board would be busy for minutes otherwise.
      expect(performance.now() - began, start).toBeLessThan(20_000);
    }
  });

  it.each([
    'command = ["vendor-check", "--password", "%"]',
    "command = ['vendor-check', '--token', '%']",
    '{"rawHeaders": ["X-Api-Key", "%"]}',
    '{"said": "{\\"rawHeaders\\": [\\"X-Api-Key\\", \\"%\\"]}"}',
    'tokens = ["%"]',
    'token = ["another", "%"]',
    'gateway-token-value = "%"',
    'tokenn = "%"',
    'password = """%"""',
    "password = '''\n%'''",
    'pwd=%',
    'Bearer\t%',
    'see https://host/?jwt=%',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.%',
  ])('tells a secret by the words around it: %j', (said) => {
    const clean = redaction([])(Buffer.from(said.replace('%', SECRETS.query)), { sameLength: false });
    expect(Buffer.from(clean).toString()).not.toContain(SECRETS.query);
  });

  it('leaves the places of secret files to be read', () => {
    const text = 'psk = ""\ntoken-file = "/etc/donabe/token"\ncredentials_path = "/etc/donabe/cred"\n';
    const clean = redaction([])(Buffer.from(text), { sameLength: false });
    expect(Buffer.from(clean).toString()).toBe(text);
  });

  it.each(Object.values(SECRETS))(
    'leaves nothing of "%s" in the gossip, even when no file names it',
    (secret) => {
      const known = [SECRETS.token, SECRETS.clientKey, SECRETS.fileHeader];
      const clean = Buffer.from(redaction(known)(Buffer.from(GOSSIP), { sameLength: false })).toString();
      expect(clean).not.toContain(secret);
    },
  );
});

describe('what is kept in memory', () => {
  it('has an end: the log and the line keep their newest part', () => {
    device = new HauntedDevice();
    const log = new LogRing();
    for (let line = 0; line < 20_000; line++) log.add(`line ${line}`);
    expect(log.text().length).toBeLessThanOrEqual(65_536);
    expect(log.text()).toMatch(/line 19999\n$/);
    const line = gossipOnTheLine();
    const port = line.listenTo({
      write: async () => undefined,
      onData: () => undefined,
      onClose: () => undefined,
      close: async () => undefined,
    });
    for (let piece = 0; piece < 2_000; piece++) void port.write(Buffer.alloc(200, piece & 0xff));
    expect(line.text().length).toBeLessThan(2 * 32_768 + 512 * 32);
  });

  it('a tar archive refuses names that lead elsewhere', () => {
    device = new HauntedDevice();
    expect(() => tarOf([{ name: '../x', bytes: Buffer.alloc(1) }], 0)).toThrow(RangeError);
  });
});
