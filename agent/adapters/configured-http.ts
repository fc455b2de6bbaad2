/** How this device speaks HTTP, as the configuration says; the same to every server. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { AgentError } from '../errors.ts';
import { AGENT_VERSION } from '../version.ts';
import type { HttpGetOptions } from './http-get.ts';
import { SystemClock } from './system-clock.ts';
import { Throttle } from './throttle.ts';

/** `rateLimit` in bytes per second; undefined or 0: as fast as the line. Error: CONFIG_INVALID for a PEM file. */
export function httpSettings({ values }: Config, rateLimit: number | undefined): HttpGetOptions {
  const clock = new SystemClock({
    uptime: values['paths.uptime'],
    synchronised: values['paths.time-synchronised'],
  });
  return {
    tls: {
      certificateAuthority: pem('server.ca-file', values),
      certificate: pem('server.client-certificate', values),
      key: pem('server.client-key', values),
    },
    patience: {
      connectMs: values['server.connect-timeout-s'] * 1000,
      idleMs: values['server.idle-timeout-s'] * 1000,
      leastBytesPerSecond: values['server.least-rate'],
    },
    userAgent: `donabe/${AGENT_VERSION}`,
    clockSynchronised: () => clock.synchronised(),
    throttle: (rateLimit ?? 0) === 0 ? undefined : new Throttle(rateLimit ?? 0, clock),
  };
}

function pem(
  key: 'server.ca-file' | 'server.client-certificate' | 'server.client-key',
  values: Config['values'],
): string | undefined {
  const path = values[key];
  if (path === '') return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new AgentError('CONFIG_INVALID', `Configuration: ${key} cannot be read: ${error.message}`, {
      cause: error,
      facts: { path: key },
    });
  }
}
