/**
 * A release directory on this machine as a `Source`: a folder, a USB stick, any mount point.
 * Trusts it no more than a server: every length has a limit, and only regular files are read, so that neither
 * a pipe nor a device can hold the agent up.
 */
import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '../errors.ts';
import {
  CHANNEL_NAME,
  OFFER_MOST_BYTES,
  OFFER_NAME,
  requirePayloadName,
  requireRange,
} from '../model/release-directory.ts';
import type { OfferAnswer, PayloadPin, RangeAnswer, SignedFile, Source } from '../ports.ts';

/** Bytes per read: large enough that the system call does not count, small beside a chunk of 1 MiB. */
const PIECE_BYTES = 256 * 1024;

export interface FolderOptions {
  /** False: a file that is a symbolic link is not read; for folders that anybody may have made. Default: true. */
  readonly followLinks?: boolean;
}

/** `folder` holds release.json and the payload files. */
export function createFolderSource(folder: string, options: FolderOptions = {}): Source {
  return new FolderSource(folder, options);
}

class FolderSource implements Source {
  readonly name: string;
  readonly isCopy = true;
  readonly #folder: string;

  /** Flags of open(2). Without O_NONBLOCK opening a pipe would wait for its writer. */
  readonly #flags: number;

  constructor(folder: string, { followLinks = true }: FolderOptions) {
    this.#folder = folder;
    this.name = folder;
    this.#flags = constants.O_RDONLY | constants.O_NONBLOCK | (followLinks ? 0 : constants.O_NOFOLLOW);
  }

  offer(previousEtag: string | undefined, signal: AbortSignal): Promise<OfferAnswer> {
    return this.#answer(OFFER_NAME, previousEtag, signal);
  }

  async channel(previousEtag: string | undefined, signal: AbortSignal): Promise<OfferAnswer | undefined> {
    if (!existsSync(join(this.#folder, CHANNEL_NAME))) return undefined;
    return this.#answer(CHANNEL_NAME, previousEtag, signal);
  }

  /** The validator is the content's digest: file times of removable media mean nothing. */
  async #answer(name: string, previousEtag: string | undefined, signal: AbortSignal): Promise<OfferAnswer> {
    const envelope = await this.#envelope(name, signal);
    const etag = `"${createHash('sha256').update(envelope).digest('hex')}"`;
    return etag === previousEtag ? { kind: 'unchanged' } : { kind: 'offer', envelope, etag };
  }

  async complete(payloads: readonly SignedFile[], signal: AbortSignal): Promise<void> {
    for (const { name, size } of payloads) {
      signal.throwIfAborted();
      try {
        await (await this.#openPayload(name, size)).handle.close();
      } catch (cause) {
        if (!(cause instanceof AgentError)) throw cause;
        throw new AgentError('SOURCE_INCOMPLETE', `${this.name} is not complete: ${cause.message}`, {
          facts: cause.facts,
          cause,
        });
      }
    }
  }

  async #envelope(name: string, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    const file = await this.#open(name);
    try {
      if (file.size > OFFER_MOST_BYTES) {
        throw new AgentError(
          'OFFER_TOO_LARGE',
          `${file.path} has ${file.size} bytes; no release needs more than ${OFFER_MOST_BYTES}.`,
          { facts: { path: file.path, size: file.size } },
        );
      }
      const envelope = new Uint8Array(file.size);
      await fill(file, envelope, 0);
      return envelope;
    } finally {
      await file.handle.close();
    }
  }

  async read(name: string, size: number, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    const file = await this.#openPayload(name, size);
    try {
      const whole = new Uint8Array(size);
      await fill(file, whole, 0);
      return whole;
    } finally {
      await file.handle.close();
    }
  }

  /** No validator is pinned: the length is compared and every frame has a digest. */
  async range(
    name: string,
    start: number,
    end: number,
    pin: PayloadPin,
    signal: AbortSignal,
  ): Promise<RangeAnswer> {
    signal.throwIfAborted();
    requireRange(name, start, end, pin);
    const file = await this.#openPayload(name, pin.size);
    await file.handle.close();
    return { etag: undefined, discarded: () => 0, body: this.#pieces(name, start, end, pin, signal) };
  }

  async close(): Promise<void> {
    // Files are open only while they are read.
  }

  async *#pieces(
    name: string,
    start: number,
    end: number,
    pin: PayloadPin,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    // Opened by the reader, so that an answer that nobody reads holds no file.
    const file = await this.#openPayload(name, pin.size);
    try {
      for (let at = start; at < end; at += PIECE_BYTES) {
        signal.throwIfAborted();
        const piece = new Uint8Array(Math.min(PIECE_BYTES, end - at));
        await fill(file, piece, at);
        yield piece;
      }
    } finally {
      await file.handle.close();
    }
  }

  async #openPayload(name: string, size: number): Promise<OpenFile> {
    const file = await this.#open(name);
    if (file.size === size) return file;
    await file.handle.close();
    throw new AgentError(
      'PAYLOAD_LENGTH',
      `${file.path} has ${file.size} bytes and not the signed ${size}.`,
      {
        facts: { path: file.path, found: file.size, size },
      },
    );
  }

  async #open(name: string): Promise<OpenFile> {
    const path = join(this.#folder, requirePayloadName(name));
    const handle = await open(path, this.#flags).catch((cause: unknown) => {
      throw unreadable(path, 'could not be opened', cause);
    });
    // A stick that was pulled in this instant is a fault of the way, and no end of the agent.
    const stat = await handle.stat().catch(async (cause: unknown) => {
      await handle.close();
      throw unreadable(path, 'could not be looked at', cause);
    });
    if (stat.isFile()) return { path, handle, size: stat.size };
    await handle.close();
    throw unreadable(path, 'is not a regular file', undefined);
  }
}

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
}

/** Fills `target` from `offset`; a file that became shorter meanwhile is a SHORT_BODY. */
async function fill(file: OpenFile, target: Uint8Array, offset: number): Promise<void> {
  for (let filled = 0; filled < target.length; ) {
    const { bytesRead } = await file.handle
      .read(target, filled, target.length - filled, offset + filled)
      .catch((cause: unknown) => {
        throw unreadable(file.path, 'could not be read', cause);
      });
    if (bytesRead === 0) {
      throw new AgentError('SHORT_BODY', `${file.path} ends at byte ${offset + filled}.`, {
        facts: { path: file.path, received: offset + filled },
      });
    }
    filled += bytesRead;
  }
}

function unreadable(path: string, why: string, cause: unknown): AgentError {
  return new AgentError('SOURCE_UNREADABLE', `${path} ${why}; check that the medium is in place.`, {
    facts: { path },
    cause,
  });
}
