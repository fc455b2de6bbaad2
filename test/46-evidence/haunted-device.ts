/** A device on real files in whose every corner a secret was planted, and a reader of the archives that it makes. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import {
  type Config,
  EMPTY_VAULT,
  openFileVault,
  openStore,
  parseConfig,
  type VaultRecord,
} from '../../agent/index.ts';
import { newTrial } from '../../agent/model/trial.ts';
import { encodeAndroidBlock, newAndroidBlock } from '../../bootctl/index.ts';
import { deployment } from '../40-adapters/values.ts';

/** Each is told by its value or by the words around it; none of them may be in an archive. */
export const SECRETS = {
  logIn: 'Gr4ndm4s-r1ce',
  otherLogIn: 'n0t-in-the-c0nfig',
  token: 'tok-4f9a7be1c2d84e55',
  clientKey: 'MHcCAQEEIBvdXcKZ0nYp3m7Jq2Tt8Lw5sXa1RfQeHu9oPz4kGdVyoAoGCCqGSM49',
  deviceKey: 'MC4CAQAwBQYDK2VwBCIEIJh3kV0qz7yXw2Lr8Nf5tBpUa6Ee1sGdHc4uKm9oWx',
  header: 'aGVhZGVyLXNlY3JldC12YWx1ZQ',
  password: 'correct horse',
  query: 'sv2026sigXyZ',
  fileHeader: 'k1tchen+fl00r/7',
} as const;

/** The file of a client's key: its lines are secrets by their value, even one by one. */
const CLIENT_KEY = `-----BEGIN EC PRIVATE KEY-----\n${SECRETS.clientKey}\n-----END EC PRIVATE KEY-----\n`;
/** A key that no configuration names. */
const DEVICE_KEY = `-----BEGIN PRIVATE KEY-----\n${SECRETS.deviceKey}\n-----END PRIVATE KEY-----`;

/** What a chatty program might have written anywhere. */
export const GOSSIP = [
  `asked https://cook:${SECRETS.logIn}@rice.example/a and ftp://x:${SECRETS.otherLogIn}@old.example/`,
  `Authorization: Bearer ${SECRETS.header}`,
  `{"password": "${SECRETS.password}", "note": "kept"}`,
  `psk='${SECRETS.password}' is what it has`,
  `GET /pack?sig=${SECRETS.query}&part=2 token ${SECRETS.token}`,
  `the line ${SECRETS.clientKey} of a key, ${Buffer.from(SECRETS.token).toString('base64')}`,
  `somebody said ${SECRETS.fileHeader} to it, or ${encodeURIComponent(SECRETS.fileHeader)}`,
  DEVICE_KEY,
].join('\n');

export class HauntedDevice {
  readonly folder = mkdtempSync(join(tmpdir(), 'donabe-evidence-'));
  readonly configPath = this.#path('donabe.toml');
  readonly config: Config;

  constructor(more = '') {
    for (const name of ['data', 'run']) mkdirSync(this.#path(name));
    const text = this.#configuration(more);
    writeFileSync(this.configPath, text);
    this.config = parseConfig(text);
    writeFileSync(this.#path('token'), `${SECRETS.token}\n`);
    writeFileSync(this.#path('client.key'), CLIENT_KEY);
    writeFileSync(this.#path('headers'), `X-Cooker: ${SECRETS.fileHeader}\n`);
    writeFileSync(this.#path('boot-id'), '0c0ffee0-0000-4000-8000-000000000001\n');
    writeFileSync(this.#path('cmdline'), 'quiet donabe.slot=a\n');
    writeFileSync(this.#path('run/status.json'), JSON.stringify({ phase: 'failed', reason: GOSSIP }));
    writeFileSync(
      this.#path('release-info.json'),
      JSON.stringify({
        compatible: 'donabe-cooker/lab',
        version: '1.0.0',
        sequence: 1,
        securityVersion: 0,
        channel: 'stable',
        created: '2026-01-01T00:00:00Z',
        notes: GOSSIP,
      }),
    );
    this.#plantBootControl();
    this.#plantStore();
  }

  get diagFolder(): string {
    return this.#path('data/diag');
  }

  get storePath(): string {
    return this.#path('data/store.sqlite');
  }

  /** `trial`: one is open, and its reason is gossip. */
  async plantVault(trial: boolean): Promise<VaultRecord> {
    const { vault } = await this.#openVault();
    const open = {
      ...newTrial('b', { identity: 'x', version: '2.0.0' }, 'd9', 1),
      reason: GOSSIP.slice(0, 500),
    };
    const record = { ...EMPTY_VAULT, trial: trial ? open : undefined };
    await vault.write(record);
    await vault.close();
    return record;
  }

  async readVault(): ReturnType<Awaited<ReturnType<typeof openFileVault>>['read']> {
    const { vault } = await this.#openVault();
    try {
      return await vault.read();
    } finally {
      await vault.close();
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #openVault() {
    return { vault: await openFileVault(this.#path('v0'), this.#path('v1')) };
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  #configuration(more: string): string {
    const quoted = (name: string): string => JSON.stringify(this.#path(name));
    return `# an old note: token = "${SECRETS.token}"
device.compatible = "donabe-cooker/lab"
device.id = "haunted"
paths.data = ${quoted('data')}
paths.run = ${quoted('run')}
paths.vault = [${quoted('v0')}, ${quoted('v1')}]
paths.cmdline = ${quoted('cmdline')}
paths.boot-id = ${quoted('boot-id')}
paths.release-info = ${quoted('release-info.json')}
boot-control.path = ${quoted('misc')}
server.base-urls = ["https://cook:${SECRETS.logIn}@rice.example/cooker/"]
server.client-key = ${quoted('client.key')}
api.token-file = ${quoted('token')}
report.headers-file = ${quoted('headers')}
diag.profile-ms = 50
${more}
[slots.a]
rootfs = ${quoted('root-a')}
[slots.b]
rootfs = ${quoted('root-b')}
`;
  }

  #plantBootControl(): void {
    const misc = Buffer.alloc(16_384);
    misc.write(`bootonce wifi ${SECRETS.token} `, 0);
    misc.write(`password="${SECRETS.password}"`, 512);
    const slot = { priority: 15, triesRemaining: 0, successful: true, verityCorrupted: false, reserved: 0 };
    const block = encodeAndroidBlock(newAndroidBlock('_a', [slot, slot]));
    for (const at of [2048, 6144]) misc.set(block, at);
    writeFileSync(this.#path('misc'), misc);
  }

  /** In rows, in values of many pages, in rows that were deleted, and in the write-ahead log. */
  #plantStore(): void {
    const { store } = openStore(this.storePath, { mayMigrate: true });
    // Longer than a page, so that some secret lies across the end of one.
    const long = `${GOSSIP} `.repeat(40);
    for (const id of ['d1', 'd2']) {
      store.open(deployment({ id, source: GOSSIP, envelope: Buffer.from(long) }));
      store.close(id, 'abandoned', {
        code: 'X',
        reason: long,
        at: 5,
        rollbackMs: undefined,
        bytes: undefined,
      });
    }
    store.open(deployment({ id: 'd3', source: GOSSIP, envelope: Buffer.from(long) }));
    store.setFact('note', GOSSIP);
    store.setFact('gone', long);
    store.setFact('gone', 'nothing');
    store.addRequest('force', GOSSIP);
    store.keepIndex('ab'.repeat(32), Buffer.from(SECRETS.token));
    store.dispose();
  }
}

/** What is in an archive by name. Read by the system's tar, so that ours is one. */
export function opened(archive: Buffer): { readonly names: readonly string[]; file(name: string): Buffer } {
  const input = { input: archive, maxBuffer: 64 * 1024 * 1024 };
  const names = execFileSync('tar', ['-tzf', '-'], input).toString().trim().split('\n');
  return { names, file: (name) => execFileSync('tar', ['-xzOf', '-', name], input) };
}

/** Every secret that can be found, in every spelling of it; also in the store's pages. */
export function found(archive: Buffer): readonly string[] {
  const whole = gunzipSync(archive);
  const store = opened(archive).names.includes('store.sqlite')
    ? opened(archive).file('store.sqlite')
    : undefined;
  const values = store === undefined ? '' : valuesOf(store);
  return Object.entries(SECRETS).flatMap(([name, secret]) => {
    const bytes = Buffer.from(secret);
    const spellings = [
      secret,
      encodeURIComponent(secret),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('hex'),
    ];
    return spellings.some((text) => whole.includes(text) || values.includes(text)) ? [name] : [];
  });
}

/** Every value of every table, end to end: what lies across two pages of the file is whole here. */
function valuesOf(store: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'donabe-copy-'));
  try {
    writeFileSync(join(folder, 'copy'), store);
    const db = new Database(join(folder, 'copy'), { readonly: true });
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .pluck()
      .all();
    const rows = tables.flatMap((table) => db.prepare<[], object>(`SELECT * FROM "${table}"`).all());
    db.close();
    const texts = rows.flatMap((row) =>
      Object.values(row).map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value),
      ),
    );
    return texts.join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
