/** A device of the walk's stories with its local API on real sockets, and a client that says what came back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ApiParts, type Device, openApi, parseConfig } from '../../agent/index.ts';

/** Time as it is: what the API waits for is real. */
const CLOCK: ApiParts['clock'] = {
  now: () => Date.now(),
  synchronised: () => true,
  monotonic: () => performance.now(),
  uptime: () => performance.now(),
  sleep: async (ms, signal) => {
    // An abort ends a sleep without an error.
    await setTimeout(ms, undefined, { signal }).catch(() => undefined);
  },
};

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
}

export interface Asking {
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export class OpenDoor {
  readonly folder = mkdtempSync(join(tmpdir(), 'donabe-api-'));
  readonly act = join(this.folder, 'api.sock');
  readonly look = join(this.folder, 'look.sock');
  readonly said: string[] = [];
  #close: () => Promise<void> = async () => undefined;

  /** `api`: lines of its table. */
  async open(device: Device, parts: Partial<ApiParts> = {}, api = ''): Promise<void> {
    const { values } = parseConfig(`
      device.compatible = "donabe-cooker/lab"
      paths.vault = ["v0", "v1"]
      paths.run = ${JSON.stringify(this.folder)}
      boot-control.path = "misc"
      slots.a = { rootfs = "a" }
      slots.b = { rootfs = "b" }
      [api]
      ${api}`);
    device.reporter.on('happened', ({ name, message }) => this.said.push(`${name}: ${message}`));
    this.#close = await openApi(values, {
      device,
      run: this.folder,
      clock: CLOCK,
      walker: () => undefined,
      walks: () => false,
      poke: () => undefined,
      mcu: () => undefined,
      metrics: async () => '',
      evidence: async () => ({ parts: [], missing: [] }),
      ...parts,
    });
  }

  /** Ends the API; the folder stays. */
  async shut(): Promise<void> {
    await this.#close();
    this.#close = async () => undefined;
  }

  async remove(): Promise<void> {
    await this.shut();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get(path: string, asking: Asking = {}): Promise<Reply> {
    return ask({ socketPath: this.act }, 'GET', path, asking);
  }

  post(path: string, asking: Asking = {}): Promise<Reply> {
    return ask({ socketPath: this.act }, 'POST', path, asking);
  }

  /** A connection by hand. */
  plug(path: string = this.act): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path }, () => resolve(socket));
      socket.once('error', reject);
    });
  }
}

export type Where = { readonly socketPath: string } | { readonly host: string; readonly port: number };

export function ask(
  where: Where,
  method: string,
  path: string,
  { body, headers }: Asking = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...where, method, path, agent: false, headers: { ...headers } }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
        });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** All that comes until the peer ends the connection. */
export function untilEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    socket.on('data', (piece) => pieces.push(piece));
    // A reset is an end, too.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(pieces).toString('latin1')));
  });
}
