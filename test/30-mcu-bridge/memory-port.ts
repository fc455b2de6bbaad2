/** A `BytePort` in memory: what the link writes is kept, what a test wants it to hear is fed by hand. */
import { type BytePort, Deframer, type Frame } from '../../mcu-bridge/index.ts';

export class MemoryPort implements BytePort {
  readonly written: Uint8Array[] = [];
  closings = 0;
  failWrites: Error | undefined;
  /** Called with each frame that the link sends; a test answers from here. */
  onFrame: (frame: Frame) => void = () => undefined;
  readonly #deframer = new Deframer();
  #data: (bytes: Uint8Array) => void = () => undefined;
  #closed: (cause: Error | undefined) => void = () => undefined;

  async write(bytes: Uint8Array): Promise<void> {
    if (this.failWrites !== undefined) throw this.failWrites;
    this.written.push(bytes);
    for (const result of this.#deframer.push(bytes, 0))
      if (result.kind === 'frame') this.onFrame(result.frame);
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#data = listener;
  }

  onClose(listener: (cause: Error | undefined) => void): void {
    this.#closed = listener;
  }

  async close(): Promise<void> {
    this.closings += 1;
  }

  feed(...pieces: Uint8Array[]): void {
    for (const bytes of pieces) this.#data(bytes);
  }

  unplug(cause: Error | undefined): void {
    this.#closed(cause);
  }
}
