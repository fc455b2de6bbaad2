/**
 * Where the local API listens: sockets in the file system, and a port of the loopback. A socket that a crash left
 * behind is replaced only when nobody listens on it, and a new one appears with its mode, whole or not at all. It
 * must not know what is served.
 */
import { chmodSync, lstatSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { AgentError } from '../errors.ts';

/** Linux keeps a path of 108 bytes with its end; `.new` is ours. */
const MOST_PATH_BYTES = 103;

/** Listens on a socket of this mode. Returns what takes its name away. Error: API_FAILED. */
export async function listenOnSocket(server: Server, path: string, mode: number): Promise<() => void> {
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
    throw failed(path, `a socket's path has at most ${MOST_PATH_BYTES} bytes`);
  }
  await requireFree(path);
  const fresh = `${path}.new`;
  try {
    rmSync(fresh, { force: true });
    await listening(server, { path: fresh });
    // Before it has its name: nobody connects to a socket that everybody may use for an instant.
    chmodSync(fresh, mode);
    renameSync(fresh, path);
  } catch (error) {
    throw failed(path, error instanceof Error ? error.message : String(error), error);
  }
  const { ino } = lstatSync(path);
  return () => {
    // By its inode: the name may be another agent's by now.
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
  };
}

/** Listens on 127.0.0.1. Error: API_FAILED. */
export async function listenOnPort(server: Server, port: number): Promise<void> {
  try {
    await listening(server, { host: '127.0.0.1', port });
  } catch (error) {
    throw failed(`127.0.0.1:${port}`, error instanceof Error ? error.message : String(error), error);
  }
}

/** The bearer token. Error: API_FAILED when the file is others' to read, or holds no token. */
export function readToken(path: string): string {
  try {
    if ((statSync(path).mode & 0o007) !== 0)
      throw failed(path, 'others may read or change the token; chmod o=');
    const token = readFileSync(path, 'utf8').trim();
    if (!/^[\x21-\x7e]{16,256}$/.test(token)) throw failed(path, 'a token has 16 to 256 visible characters');
    return token;
  } catch (error) {
    if (error instanceof AgentError || !(error instanceof Error)) throw error;
    throw failed(path, error.message, error);
  }
}

/** Error: API_FAILED when somebody listens there, or when it is no socket. */
async function requireFree(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw failed(path, 'something else has this name');
  if (await answers(path)) throw failed(path, 'somebody listens on it');
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Refused: a crash left it. Anything else (a full queue, no right) is somebody.
    socket.once('error', (error) => resolve(!('code' in error && error.code === 'ECONNREFUSED')));
  });
}

function listening(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function failed(where: string, why: string, cause?: unknown): AgentError {
  return new AgentError('API_FAILED', `The local API cannot use ${where}: ${why}.`, {
    facts: { where },
    cause,
  });
}
