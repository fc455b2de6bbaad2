/** Sources as the configuration describes them: its base URLs, or an address that a person gave. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import type { Source } from '../ports.ts';
import { AGENT_VERSION } from '../version.ts';
import { createFolderSource } from './folder-source.ts';
import { createHttpSource } from './http-source.ts';
import { SystemClock } from './system-clock.ts';
import { Throttle } from './throttle.ts';

/** The configured server; undefined when there is none. */
export function configuredSource(config: Config): Source | undefined {
  const urls = config.values['server.base-urls'];
  return urls.length === 0 ? undefined : httpSource(config, urls);
}

/**
 * A source by its address: http(s) URL, else a folder or mount point. `rateLimit` in bytes per second stands in for
 * the configured one; a folder has none.
 */
export function openSource(config: Config, text: string, rateLimit?: number): Source {
  return /^https?:\/\//i.test(text) ? httpSource(config, [text], rateLimit) : createFolderSource(text);
}

function httpSource(
  { values }: Config,
  baseUrls: readonly string[],
  rateLimit = values['server.rate-limit'],
): Source {
  const pem = (path: string): string | undefined => (path === '' ? undefined : readFileSync(path, 'utf8'));
  const clock = new SystemClock({
    uptime: values['paths.uptime'],
    synchronised: values['paths.time-synchronised'],
  });
  return createHttpSource({
    baseUrls,
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
    throttle: rateLimit === 0 ? undefined : new Throttle(rateLimit, clock),
  });
}
