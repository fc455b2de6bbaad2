/**
 * What this process can say of itself: Node's report, its heap, and where it spends its time. Loaded only when an
 * archive is made. It must not know what becomes of the texts.
 */
import { getActiveResourcesInfo } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { AgentError } from '../errors.ts';

/** Between two samples, us: 2,000 of them in the usual time. */
const SAMPLE_US = 1_000;

/** Node's report without the environment and the addresses of this device. Error: DIAG_FAILED. */
export function nodeReport(): string {
  const report = process.report;
  if ('excludeNetwork' in report) report.excludeNetwork = true;
  else if (getActiveResourcesInfo().includes('TCPSocketWrap')) {
    // This Node looks the names of its peers up for it, and stands still until a dead resolver has answered.
    throw new AgentError('DIAG_FAILED', 'Not made while connections are open: this Node would wait for DNS.');
  }
  const { environmentVariables: _secret, ...told } = report.getReport() as Record<string, unknown>;
  return `${JSON.stringify(told, undefined, 1)}\n`;
}

export function heapStatistics(): string {
  const facts = {
    memory: process.memoryUsage(),
    resources: process.resourceUsage(),
    uptimeSeconds: process.uptime(),
    heap: getHeapStatistics(),
    spaces: getHeapSpaceStatistics(),
  };
  return `${JSON.stringify(facts, undefined, 1)}\n`;
}

/** A `.cpuprofile` of the next `ms`, or less when `signal` aborts. A Node without an inspector throws its own error. */
export async function cpuProfile(ms: number, signal: AbortSignal): Promise<string> {
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    await session.post('Profiler.start');
    // An end that comes early ends the profile early, which is no error.
    await setTimeout(ms, undefined, { signal }).catch(() => undefined);
    const { profile } = await session.post('Profiler.stop');
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}
