/** Gates as the configuration describes them: settings of the agent's own, and the vendor's modules. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { AgentError } from '../errors.ts';
import { OPEN_SETTINGS } from '../model/gates/built-in.ts';
import type { GateSet } from '../ports.ts';
import { VendorGate } from './vendor-gate.ts';

/** Nothing is configured: what the manifest asks for is all that holds. */
export const OPEN_GATES: GateSet = {
  settings: OPEN_SETTINGS,
  labels: [],
  region: '',
  boardCelsius: () => undefined,
  vendor: [],
  consentSeconds: 0,
};

const THOUSANDTHS = 1000;

export function configuredGates({ values, windows, gates }: Config): GateSet {
  const sensor = values['gates.temperature-file'];
  return {
    settings: {
      windows,
      timeZone: values['gates.time-zone'],
      longTermSupport: values['gates.long-term-support'],
      leastSupplyMillivolts: values['gates.least-supply-mv'],
      mostCelsius: values['gates.most-temperature-c'],
      hysteresisCelsius: values['gates.temperature-hysteresis-c'],
    },
    labels: values['device.labels'],
    region: values['device.region'],
    boardCelsius: () => (sensor === '' ? undefined : readCelsius(sensor)),
    consentSeconds: values['gates.consent-s'],
    vendor: gates.map((settings) => new VendorGate(settings)),
  };
}

/** Error: GATE_FAILED, so that a slot whose kernel has lost the sensor is not found good. */
function readCelsius(path: string): number {
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (/^-?\d{1,7}$/.test(text)) return Number(text) / THOUSANDTHS;
  } catch (cause) {
    throw new AgentError('GATE_FAILED', `The temperature of the board cannot be read from ${path}.`, {
      cause,
      facts: { path },
    });
  }
  throw new AgentError('GATE_FAILED', `${path} holds no temperature in thousandths of a degree.`, {
    facts: { path },
  });
}
