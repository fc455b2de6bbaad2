/**
 * What was last said on the MCU's line, as `donabe mcu inspect` reads it: a port that is listened to while others use
 * it. It must not know what is said.
 */
import { type BytePort, type HeardOn, recordingHead, recordingRow } from '../../mcu-bridge/index.ts';
import type { McuLine } from './mcu-line.ts';

/** Some minutes of status questions, or the last seconds of a firmware transfer. */
const MOST_PIECES = 512;
const MOST_BYTES = 32_768;

interface Piece {
  readonly atMs: number;
  readonly on: HeardOn;
  readonly bytes: Uint8Array;
}

export class LineRing {
  readonly #line: McuLine;
  readonly #began = performance.now();
  readonly #pieces: Piece[] = [];
  #bytes = 0;

  constructor(line: McuLine) {
    this.#line = line;
  }

  /** The same port, heard by this ring. */
  listenTo(port: BytePort): BytePort {
    return {
      write: (bytes) => {
        this.#hear('board', bytes);
        return port.write(bytes);
      },
      onData: (listener) =>
        port.onData((bytes) => {
          this.#hear('mcu', bytes);
          listener(bytes);
        }),
      onClose: (listener) => port.onClose(listener),
      close: () => port.close(),
    };
  }

  /** Recorded line (mcu-bridge/README.md), oldest first. */
  text(): string {
    return recordingHead(this.#line) + this.#pieces.map(recordingRow).join('');
  }

  #hear(on: HeardOn, bytes: Uint8Array): void {
    // A copy: the memory of a port may be written again.
    this.#pieces.push({ atMs: performance.now() - this.#began, on, bytes: bytes.slice(0, MOST_BYTES) });
    this.#bytes += Math.min(bytes.length, MOST_BYTES);
    while (this.#pieces.length > MOST_PIECES || this.#bytes > MOST_BYTES) {
      this.#bytes -= this.#pieces.shift()?.bytes.length ?? 0;
    }
  }
}
