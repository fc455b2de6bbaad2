/** Result reports as the configuration describes them. */
import type { Config } from '../config.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { httpSettings } from './configured-http.ts';
import { fillPlaces } from './configured-source.ts';
import { readHeadersFile } from './headers-file.ts';
import { HttpGet, retryFacts } from './http-get.ts';
import { tellResults } from './result-reports.ts';

/**
 * Begins to tell, where the configuration names an address; resolves to what ends it. An address, a headers file or a
 * store that cannot be used is said and keeps nothing else from working.
 */
export async function configuredReports(
  config: Config,
  device: Device,
  clock: Clock,
): Promise<() => Promise<void>> {
  const nobody = async (): Promise<void> => undefined;
  if (config.values['report.url'] === '' || device.storeFault !== undefined) return nobody;
  try {
    return await openReports(config, device, clock);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('reports-end', `No result is reported: ${error.message}`, { code: error.code });
    return nobody;
  }
}

async function openReports(config: Config, device: Device, clock: Clock): Promise<() => Promise<void>> {
  const { values } = config;
  const [address = ''] = await fillPlaces(config, device, [values['report.url']]);
  const url = parseAddress(address);
  const headers = {
    ...readHeadersFile(values['report.headers-file']),
    'content-type': 'application/json',
  };
  const http = new HttpGet(httpSettings(config, undefined));
  const stop = tellResults({
    device,
    clock,
    post: async (report, signal) => {
      const secret = { ...headers, 'idempotency-key': report.deployment };
      const answer = await http.post(url, Buffer.from(JSON.stringify(report)), secret, signal);
      answer.drop();
      const { retryAfterMs } = retryFacts(answer);
      return { status: answer.status, retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : 0 };
    },
  });
  return async () => {
    await stop();
    http.close();
  };
}

/** Error: CONFIG_INVALID, without the address: it may hold a log-in. */
function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new AgentError('CONFIG_INVALID', 'Configuration: report.url is no http or https address.', {
    facts: { path: 'report.url' },
  });
}
