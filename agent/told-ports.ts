/**
 * Stands between the walk and two ports and says what the walk has no reason to say: how long a flush of a slot took,
 * and which question to the MCU failed. Both are events of level debug: they are measured, and rarely read.
 */
import { AgentError } from './errors.ts';
import type { Reporter } from './events.ts';
import type { Clock, ImageTarget, Mcu, Slots } from './ports.ts';

/** Slots whose flushes are events. */
export function tellFlushes(slots: Slots, reporter: Reporter, clock: Pick<Clock, 'monotonic'>): Slots {
  const toldTarget = (target: ImageTarget): ImageTarget => {
    const { slot, slotClass } = target;
    return {
      slot,
      slotClass,
      capacity: target.capacity,
      readBackKind: target.readBackKind,
      read: (offset, length) => target.read(offset, length),
      readInto: (offset, memory) => target.readInto(offset, memory),
      memory: (bytes) => target.memory(bytes),
      write: (offset, data) => target.write(offset, data),
      flush: async () => {
        const began = clock.monotonic();
        await target.flush();
        const flushMs = Math.round(clock.monotonic() - began);
        const message = `Slot ${slot} (${slotClass}) was flushed in ${flushMs} ms.`;
        reporter.happened('slot-flushed', message, { slot, slotClass, flushMs });
      },
      readBack: (offset, length) => target.readBack(offset, length),
      close: () => target.close(),
    };
  };
  return {
    openForReading: (slot, slotClass) => slots.openForReading(slot, slotClass),
    openForUpdate: async (slot, slotClass) => toldTarget(await slots.openForUpdate(slot, slotClass)),
  };
}

/** An MCU whose failed questions are events; each fails as it did. */
export function tellMcuFaults(mcu: Mcu, reporter: Reporter): Mcu {
  const told = async <T>(question: string, answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof AgentError) {
        reporter.happened('mcu-question-failed', error.message, { question, code: error.code });
      }
      throw error;
    }
  };
  const askConsent = mcu.askConsent?.bind(mcu);
  return {
    ...(askConsent && {
      askConsent: (code, seconds, signal) => told('ask consent', askConsent(code, seconds, signal)),
    }),
    handshake: (signal) => told('handshake', mcu.handshake(signal)),
    status: (signal) => told('status', mcu.status(signal)),
    mayReboot: (signal) => told('may reboot', mcu.mayReboot(signal)),
    mayFlash: (signal) => told('may flash', mcu.mayFlash(signal)),
    prepareReboot: (signal) => told('prepare reboot', mcu.prepareReboot(signal)),
    transferState: (signal) => told('transfer state', mcu.transferState(signal)),
    transfer: (firmware, onProgress, signal) => told('transfer', mcu.transfer(firmware, onProgress, signal)),
    activate: (sha256, signal) => told('activate', mcu.activate(sha256, signal)),
    accept: (sha256, signal) => told('accept', mcu.accept(sha256, signal)),
    discardOld: (signal) => told('discard old', mcu.discardOld(signal)),
    abort: (signal) => told('abort', mcu.abort(signal)),
    close: () => mcu.close(),
  };
}
