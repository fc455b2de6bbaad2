/**
 * The stream of progress events over WebSockets: a newcomer gets the last event at once, everybody each new one. A
 * listener that is too slow, or half gone, is dropped; nothing is kept for anybody. It must not know what progresses.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { ProgressEvent, Reporter } from '../events.ts';

/** A handful of displays, services and technicians. */
export const MOST_LISTENERS = 16;
/** Behind what the kernel buffers: over a hundred events. Whoever is further behind wants no live view, bytes. */
const MOST_BUFFERED_BYTES = 65_536;
/** Listeners have nothing to say; bytes. */
const MOST_MESSAGE_BYTES = 1024;
/** Whoever has not answered a ping by the next one is gone, ms. */
const PING_EVERY_MS = 30_000;

export class EventStream {
  readonly #reporter: Reporter;
  /** Listeners, and whether they answered the last ping. */
  readonly #listeners = new Map<WebSocket, { answered: boolean }>();
  #server: WebSocketServer | undefined;
  #pinging: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
    reporter.on('progressed', this.#onProgress);
  }

  get full(): boolean {
    return this.#listeners.size >= MOST_LISTENERS;
  }

  /** Takes a connection over. The library is loaded for the first one: most devices never have any. */
  async take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#server ??= await webSocketServer();
    if (this.#closed || socket.destroyed) {
      socket.destroy();
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (listener) => this.#add(listener));
  }

  close(): void {
    this.#closed = true;
    this.#reporter.off('progressed', this.#onProgress);
    clearInterval(this.#pinging);
    for (const listener of this.#listeners.keys()) listener.terminate();
  }

  #add(listener: WebSocket): void {
    const state = { answered: true };
    this.#listeners.set(listener, state);
    listener.on('pong', () => {
      state.answered = true;
    });
    // An error is followed by a close, which is all that matters here.
    listener.on('error', () => listener.terminate());
    listener.on('close', () => this.#listeners.delete(listener));
    this.#pinging ??= setInterval(() => this.#ping(), PING_EVERY_MS).unref();
    this.#send(listener, this.#reporter.last);
  }

  readonly #onProgress = (event: ProgressEvent): void => {
    for (const listener of this.#listeners.keys()) this.#send(listener, event);
  };

  #send(listener: WebSocket, event: ProgressEvent): void {
    if (listener.bufferedAmount > MOST_BUFFERED_BYTES) listener.terminate();
    else listener.send(JSON.stringify(event));
  }

  #ping(): void {
    for (const [listener, state] of this.#listeners) {
      if (!state.answered) {
        listener.terminate();
        continue;
      }
      state.answered = false;
      listener.ping();
    }
  }
}

async function webSocketServer(): Promise<WebSocketServer> {
  const { WebSocketServer: Server } = await import('ws');
  return new Server({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, perMessageDeflate: false });
}
