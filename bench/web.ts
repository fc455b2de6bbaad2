/** nginx on loopback over one folder, and the bytes that it sent. It must not know who fetches what. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const RETRY_MS = 20;

export class Web {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #log: string;

  private constructor(url: string, process: ChildProcess, log: string) {
    this.url = url;
    this.#process = process;
    this.#log = log;
  }

  /** Serves `folder`; its own files go to `workFolder`. `rate` limits each connection, bytes a second. */
  static async start(folder: string, workFolder: string, rate = 0): Promise<Web> {
    await mkdir(workFolder, { recursive: true });
    const port = await freePort();
    const log = join(workFolder, 'access.log');
    const configuration = join(workFolder, 'nginx.conf');
    await writeFile(configuration, configurationOf(folder, workFolder, port, rate));
    const child = spawn(
      'nginx',
      ['-p', workFolder, '-c', configuration, '-e', join(workFolder, 'error.log')],
      {
        stdio: 'ignore',
      },
    );
    await once(child, 'spawn');
    while (!(await answers(port))) {
      if (child.exitCode !== null)
        throw new Error(`nginx ended: ${await readFile(join(workFolder, 'error.log'), 'utf8')}`);
      await pause(RETRY_MS);
    }
    return new Web(`http://127.0.0.1:${port}`, child, log);
  }

  /** Bytes of all bodies since the last call, and how many requests; each request is logged at its end. */
  async sent(): Promise<{ readonly bytes: number; readonly requests: number }> {
    if (!existsSync(this.#log)) return { bytes: 0, requests: 0 };
    const rows = (await readFile(this.#log, 'utf8')).split('\n').filter((row) => row !== '');
    await truncate(this.#log);
    return { bytes: rows.reduce((sum, row) => sum + Number(row.split(' ')[0]), 0), requests: rows.length };
  }

  /** Waits until no client is connected any more: then every request is logged. */
  async idle(): Promise<void> {
    for (;;) {
      const answer = await fetch(`${this.url}/nginx-status`);
      // This request is one of them.
      if (/^Active connections: 1\s/.test(await answer.text())) return;
      await pause(RETRY_MS);
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGQUIT');
    await ended;
  }
}

function configurationOf(folder: string, workFolder: string, port: number, rate: number): string {
  const root = process.getuid?.() === 0 ? 'user root;' : '';
  return `${root}
daemon off;
worker_processes 1;
pid ${join(workFolder, 'nginx.pid')};
events {}
http {
  log_format bytes '$body_bytes_sent $status $request_uri $http_range';
  access_log ${join(workFolder, 'access.log')} bytes;
  client_body_temp_path ${join(workFolder, 'body')};
  proxy_temp_path ${join(workFolder, 'proxy')};
  fastcgi_temp_path ${join(workFolder, 'fastcgi')};
  uwsgi_temp_path ${join(workFolder, 'uwsgi')};
  scgi_temp_path ${join(workFolder, 'scgi')};
  sendfile on;
  keepalive_requests 1000000;
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    limit_rate ${rate};
    location = /nginx-status {
      stub_status;
      access_log off;
      keepalive_timeout 0;
    }
  }
}
`;
}

/** The kernel's choice; nobody else takes it in the moment until nginx does, or nginx says so. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
