/** A device's name where the configuration gives none. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** systemd's advice: never show the machine id itself, derive an id of one's own from it. */
export function idFromMachine(): string {
  const machineId = readFileSync('/etc/machine-id', 'utf8').trim();
  return createHash('sha256').update(`donabe ${machineId}`).digest('hex').slice(0, 16);
}
