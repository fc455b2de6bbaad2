/**
 * Notices that the agent moves: it listens to its progress, and stands between the walk and the ports on which a step
 * may be busy for long without a word. It decides nothing; the limits are model/step-limits.ts. Events that only say
 * something are no movement: timers beside the walk say things, too.
 */
import type { Device } from './device.ts';
import type { Reporter } from './events.ts';
import { type Movement, overdue, type Patience, type Step } from './model/step-limits.ts';
import type { Clock, ImageReader, ImageTarget, Mcu, Media, RangeAnswer, Slots, Source } from './ports.ts';

export class StepWatch {
  readonly #clock: Clock;
  readonly #patience: Patience;
  #step: Step = 'starting';
  #movedAt: number;
  /** Ends of the sleeps at hand, monotonic ms. */
  readonly #sleeps = new Set<{ readonly end: number }>();

  constructor(clock: Clock, reporter: Reporter, patience: Patience) {
    this.#clock = clock;
    this.#patience = patience;
    this.#movedAt = clock.monotonic();
    reporter.on('progressed', ({ phase }) => {
      this.#step = phase;
      this.#moved();
    });
  }

  /** The step at hand, and how long it has stood still beyond its limit, ms; undefined while it moves. */
  hung(): { readonly step: Step; readonly overdueMs: number } | undefined {
    const ends = [...this.#sleeps].map(({ end }) => end);
    const movement: Movement = {
      step: this.#step,
      movedAt: this.#movedAt,
      sleepsUntil: ends.length === 0 ? undefined : Math.max(...ends),
    };
    const overdueMs = overdue(movement, this.#patience, this.#clock.monotonic());
    return overdueMs > 0 ? { step: ends.length === 0 ? this.#step : 'asleep', overdueMs } : undefined;
  }

  /** The device with all that is watched on it. Its deadline keeps its own clock: that one runs beside the walk. */
  device(device: Device): Device {
    return {
      ...device,
      clock: this.clock(),
      slots: this.slots(device.slots),
      mcu: device.mcu && this.mcu(device.mcu),
    };
  }

  /** A clock whose sleeps are waits with an end of their own. */
  clock(): Clock {
    const clock = this.#clock;
    return {
      now: () => clock.now(),
      synchronised: () => clock.synchronised(),
      monotonic: () => clock.monotonic(),
      uptime: () => clock.uptime(),
      sleep: (ms, signal) => this.#within(ms, clock.sleep(ms, signal)),
    };
  }

  /** Slots on which every finished read, write and flush is movement: hashing one says nothing for minutes. */
  slots(slots: Slots): Slots {
    return {
      openForReading: async (slot, slotClass) => this.#reader(await slots.openForReading(slot, slotClass)),
      openForUpdate: async (slot, slotClass) => this.#target(await slots.openForUpdate(slot, slotClass)),
    };
  }

  /** An MCU whose every answer is movement: a transfer at 1200 baud takes hours, and is shown by tenths. */
  mcu(mcu: Mcu): Mcu {
    const askConsent = mcu.askConsent?.bind(mcu);
    return {
      ...(askConsent && {
        askConsent: (code, seconds, signal) =>
          this.#within(seconds * 1000, askConsent(code, seconds, signal)),
      }),
      handshake: (signal) => this.#after(mcu.handshake(signal)),
      status: (signal) => this.#after(mcu.status(signal)),
      mayReboot: (signal) => this.#after(mcu.mayReboot(signal)),
      mayFlash: (signal) => this.#after(mcu.mayFlash(signal)),
      prepareReboot: (signal) => this.#after(mcu.prepareReboot(signal)),
      transferState: (signal) => this.#after(mcu.transferState(signal)),
      transfer: (firmware, onProgress, signal) => {
        const onBytes = (bytes: number): void => {
          this.#moved();
          onProgress(bytes);
        };
        return this.#after(mcu.transfer(firmware, onBytes, signal));
      },
      activate: (sha256, signal) => this.#after(mcu.activate(sha256, signal)),
      accept: (sha256, signal) => this.#after(mcu.accept(sha256, signal)),
      discardOld: (signal) => this.#after(mcu.discardOld(signal)),
      abort: (signal) => this.#after(mcu.abort(signal)),
      close: () => mcu.close(),
    };
  }

  /** A source on which every piece of a body is movement. */
  source(source: Source): Source {
    const complete = source.complete?.bind(source);
    return {
      ...(complete && { complete: (payloads, signal) => this.#after(complete(payloads, signal)) }),
      name: source.name,
      ...(source.isCopy && { isCopy: source.isCopy }),
      offer: (etag, signal) => this.#after(source.offer(etag, signal)),
      channel: (etag, signal) => this.#after(source.channel?.(etag, signal) ?? Promise.resolve(undefined)),
      read: (name, size, signal) => this.#after(source.read(name, size, signal)),
      range: async (name, start, end, pin, signal) => {
        const answer = await this.#after(source.range(name, start, end, pin, signal));
        return { ...answer, body: this.#pieces(answer.body) };
      },
      close: () => source.close(),
    };
  }

  /** Media whose releases are sources like any other. */
  media(media: Media): Media {
    return {
      sources: async () => (await this.#after(media.sources())).map((source) => this.source(source)),
      owns: (name) => media.owns(name),
    };
  }

  /** A wait with an end of its own. */
  async #within<T>(ms: number, wait: Promise<T>): Promise<T> {
    const sleep = { end: this.#clock.monotonic() + ms };
    this.#sleeps.add(sleep);
    try {
      return await wait;
    } finally {
      this.#sleeps.delete(sleep);
      this.#moved();
    }
  }

  #moved(): void {
    this.#movedAt = this.#clock.monotonic();
  }

  async #after<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    this.#moved();
    return result;
  }

  async *#pieces(body: RangeAnswer['body']): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.#moved();
      yield piece;
    }
  }

  #reader(reader: ImageReader): ImageReader {
    return {
      slotClass: reader.slotClass,
      slot: reader.slot,
      capacity: reader.capacity,
      read: (offset, length) => this.#after(reader.read(offset, length)),
      readInto: (offset, memory) => this.#after(reader.readInto(offset, memory)),
      close: () => reader.close(),
    };
  }

  #target(target: ImageTarget): ImageTarget {
    return {
      ...this.#reader(target),
      memory: (bytes) => target.memory(bytes),
      write: (offset, data) => this.#after(target.write(offset, data)),
      flush: () => this.#after(target.flush()),
      readBackKind: target.readBackKind,
      readBack: (offset, length) => this.#after(target.readBack(offset, length)),
    };
  }
}
