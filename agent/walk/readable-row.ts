/**
 * The open deployment for steps that a broken store must not stop: the end of a trial needs boot control and MCU
 * only (DESIGN 5). What begins a walk reads the store itself and fails with it.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { Deployment } from '../model/deployment.ts';

/** Undefined when none is open, and, with a word in the log, when the store cannot be read. */
export function readableRow(device: Pick<Device, 'store' | 'reporter'>): Deployment | undefined {
  return fromStore(device, undefined, () => device.store.deployment());
}

/** What `read` gives; `otherwise` when the store cannot be read. */
export function fromStore<T>({ reporter }: Pick<Device, 'reporter'>, otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    reporter.happened('store-out-of-order', error.message, { code: error.code });
    return otherwise;
  }
}
