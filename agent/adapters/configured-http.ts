/** How this device speaks HTTP, as the configuration says; the same to every server. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { AGENT_VERSION } from '../version.ts';
import type { HttpGetOptions } from './http-get.ts';
import { SystemClock } from './system-clock.ts';
import { Throttle } from './throttle.ts';

/** `rateLimit` in bytes per second; undefined or 0: as fast as the line. */
export function httpSettings({ values }: Config, rateLimit: number | undefined): HttpGetOptions {
  const pem = (path: string): string | undefined => (path === '' ? undefined : readFileSync(path, 'utf8'));
  const clock = new SystemClock({
    uptime: values['paths.uptime'],
    synchronised: values['paths.time-synchronised'],
  });
  return {
    tls: {
      certificateAuthority: pem(values['server.ca-file']),
      certificate: pem(values['server.client-certificate']),
      key: pem(values['server.client-key']),
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
