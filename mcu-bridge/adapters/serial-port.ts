/**
 * A serial port as a `BytePort`. The only file that may know `serialport`, which is loaded at the first
 * opening and not before: it costs 13 MB of resident memory. Must not know frames.
 */
import type { SerialPort } from 'serialport';
import { LinkError } from '../error.ts';
import type { BytePort } from '../port.ts';

export type LineParity = 'none' | 'even' | 'odd';

export interface SerialSettings {
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: LineParity;
  readonly stopBits: 1 | 2;
}

/** 9600 8N1: what every small MCU can do with its internal oscillator. */
export const SERIAL_DEFAULTS: SerialSettings = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 };

/**
 * Opens the port for this process alone (an advisory lock, which the kernel drops with its holder) and throws
 * away what an earlier owner left unread. Error: LinkError MCU_PORT.
 */
export async function openSerialPort(
  path: string,
  settings: Partial<SerialSettings> = {},
): Promise<BytePort> {
  // By its default export: once bundled, a CommonJS package that is loaded lazily has no other.
  const { default: library } = await import('serialport');
  const how = { ...SERIAL_DEFAULTS, ...settings };
  const port = new library.SerialPort({ ...how, path, autoOpen: false, lock: true });
  await settled(path, 'open', (done) => port.open(done));
  try {
    await settled(path, 'empty', (done) => port.flush(done));
  } catch (error) {
    await settled(path, 'close', (done) => port.close(done));
    throw error;
  }
  return new SerialBytePort(path, port);
}

class SerialBytePort implements BytePort {
  readonly #path: string;
  readonly #port: SerialPort;
  #ended = false;
  #cause: Error | undefined;
  #listener: ((cause: Error | undefined) => void) | undefined;

  constructor(path: string, port: SerialPort) {
    this.#path = path;
    this.#port = port;
    // A port that is unplugged says so with an error, with a close that has a cause, or with both.
    port.on('error', (cause: Error) => this.#end(cause));
    port.on('close', (cause?: Error | null) => this.#end(cause ?? undefined));
  }

  write(bytes: Uint8Array): Promise<void> {
    return settled(this.#path, 'write to', (done) => {
      this.#port.write(bytes, undefined, (cause) => done(cause ?? null));
    });
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#port.on('data', listener);
  }

  onClose(listener: (cause: Error | undefined) => void): void {
    this.#listener = listener;
    if (this.#ended) listener(this.#cause);
  }

  async close(): Promise<void> {
    if (this.#port.isOpen && !this.#port.closing) {
      await settled(this.#path, 'close', (done) => this.#port.close(done));
    }
  }

  #end(cause: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cause = cause;
    this.#listener?.(cause);
  }
}

function settled(
  path: string,
  verb: string,
  start: (done: (cause: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    start((cause) => {
      if (cause === null || cause === undefined) resolve();
      else reject(portError(path, verb, cause));
    });
  });
}

function portError(path: string, verb: string, cause: Error): LinkError {
  const message = `Cannot ${verb} the serial port ${path} (${cause.message}); check the path, the rights and who else has it open`;
  return new LinkError('MCU_PORT', message, { facts: { path, step: verb }, cause });
}
