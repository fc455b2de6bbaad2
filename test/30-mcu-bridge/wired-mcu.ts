/**
 * A link and a simulated MCU with a wire in memory between them: no pty, no process. Time is the timers', so a
 * test can let it fly; what is on the wire can be lost, doubled, damaged and counted.
 */
import {
  Cooker,
  type CookerSetup,
  FaultyLine,
  type LineFaults,
  type McuSetup,
  NO_FAULTS,
  SimulatedMcu,
} from '../../fixtures/mcu/simulator.ts';
import { seeded } from '../../fixtures/seed.ts';
import { type BytePort, type LinkOptions, McuLink } from '../../mcu-bridge/index.ts';

export interface WireOptions {
  readonly mcu?: McuSetup;
  readonly cooker?: Partial<CookerSetup>;
  readonly seed?: number;
  readonly faults?: Partial<LineFaults>;
  /** Milliseconds that each frame is under way. */
  readonly delayMs?: number;
  /** And up to so many more, by the seed: replies overtake each other. */
  readonly jitterMs?: number;
}

/** Small pages and banks: every page border is met within a few frames. */
export const SMALL: McuSetup = {
  version: { pageSize: 256, capacity: 4096 },
  mostBytes: 100,
  window: 4,
  bootMs: 100,
};

export class WiredMcu {
  readonly mcu: SimulatedMcu;
  readonly toMcu: FaultyLine;
  readonly toBoard: FaultyLine;
  /** Frames that the board has sent, and what is done before each is heard. */
  framesSent = 0;
  beforeFrame: (frame: Uint8Array, count: number) => void = () => undefined;
  /** What a reply takes longer, ms. */
  readonly jitter: () => number;
  readonly #delayMs: number;
  #port: WirePort | undefined;

  constructor(options: WireOptions = {}) {
    const cooker = new Cooker(options.cooker ?? {}, now());
    this.mcu = new SimulatedMcu(cooker, now(), { ...SMALL, ...options.mcu });
    const faults = { ...NO_FAULTS, ...options.faults };
    const seed = options.seed ?? 1;
    this.toMcu = new FaultyLine(seed, faults);
    this.toBoard = new FaultyLine(seed + 1, faults);
    this.#delayMs = options.delayMs ?? 0;
    const { jitterMs = 0 } = options;
    const random = seeded(seed);
    this.jitter = () => random.next() * jitterMs;
  }

  /** A link of a board that has just started; each begins with the same number, the worst that chance can do. */
  connect(options: Partial<LinkOptions> = {}): McuLink {
    this.#port = new WirePort(this, this.#delayMs);
    return new McuLink(this.#port, { firstNumber: 0, ...options });
  }

  /** Sends the events that are due to the board that is connected. */
  announce(): void {
    for (const frame of this.mcu.events(now())) {
      for (const part of this.toBoard.pass(frame)) this.#port?.receive(part);
    }
  }

  /** A key of the cooker is pressed, and its event sent. */
  press(key: number): void {
    this.mcu.press(key, now());
    this.announce();
  }

  /** From here on nothing is lost any more. */
  heal(): void {
    this.toMcu.faults = NO_FAULTS;
    this.toBoard.faults = NO_FAULTS;
  }
}

class WirePort implements BytePort {
  readonly #wire: WiredMcu;
  readonly #delayMs: number;
  #open = true;
  #data: (bytes: Uint8Array) => void = () => undefined;

  constructor(wire: WiredMcu, delayMs: number) {
    this.#wire = wire;
    this.#delayMs = delayMs;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#wire.framesSent += 1;
    this.#wire.beforeFrame(bytes, this.#wire.framesSent);
    for (const part of this.#wire.toMcu.pass(bytes)) {
      if (this.#delayMs === 0) this.#hear(part);
      else setTimeout(() => this.#hear(part), this.#delayMs);
    }
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#data = listener;
  }

  receive(bytes: Uint8Array): void {
    if (this.#open) this.#data(bytes);
  }

  onClose(): void {
    // This wire never ends by itself.
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #hear(bytes: Uint8Array): void {
    for (const frame of this.#wire.mcu.hear(bytes, now())) {
      for (const part of this.#wire.toBoard.pass(frame.bytes)) {
        setTimeout(() => this.receive(part), frame.dueMs - now() + this.#delayMs + this.#wire.jitter());
      }
    }
  }
}

function now(): number {
  return performance.now();
}
