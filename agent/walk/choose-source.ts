/**
 * Which place the next walk asks: the server, or a medium that was plugged in. The greater release wins; of equals the
 * medium's, which costs no bytes of the line; where walks failed of late, only when there is no other place. Judging
 * writes nothing, and no medium waives anything (rule 12).
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { isGreater, type Waivers } from '../model/verified-manifest.ts';
import type { Media, Source } from '../ports.ts';
import { isCancelled } from './persons.ts';
import { Stopped } from './stopped.ts';
import { verify } from './verify.ts';

/** A place whose release this device would take. */
interface Candidate {
  readonly source: Source;
  readonly version: string;
}

/** No place waives anything by itself. */
const NO_WAIVERS: Waivers = { forced: false, retried: false };

/** `failed`: names of the places that walks failed at of late. Undefined: there is neither. `media` undefined: none are looked at. Errors: Stopped; those of boot control and vault. */
export async function chooseSource(
  device: Device,
  server: Source | undefined,
  media: Media | undefined,
  signal: AbortSignal,
  failed: ReadonlySet<string> = new Set(),
): Promise<Source | undefined> {
  if (media === undefined) return server;
  // A step with the patience that a slow server needs.
  device.reporter.progress('checking');
  const found = [
    ...(await onMedia(device, media, signal)),
    ...(await keptWithoutMedium(device, media, signal)),
  ];
  if (found.length === 0) return server;
  const remote = server && (await candidateAt(device, server, NO_WAIVERS, signal, () => undefined));
  const all = remote === undefined ? found : [...found, remote];
  const sound = all.filter(({ source }) => !failed.has(source.name));
  return greatest(sound.length === 0 ? all : sound)?.source;
}

async function onMedia(device: Device, media: Media, signal: AbortSignal): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const source of await media.sources()) {
    const candidate = await candidateAt(device, source, NO_WAIVERS, signal, refusedBy(device, source));
    if (candidate !== undefined) found.push(candidate);
  }
  return found;
}

function refusedBy({ reporter }: Device, { name }: Source): (error: AgentError) => void {
  return ({ code, message }) =>
    reporter.happened('medium-refused', `${name} is not installed: ${message}`, { source: name, code });
}

/** A release that needs its medium no more: whole in the slot, and waiting for a gate, the cooker or the next boot. */
async function keptWithoutMedium(
  device: Device,
  media: Media,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const row = device.store.deployment();
  if (row === undefined || row.state === 'fetching' || row.slot === device.booted || !media.owns(row.source))
    return [];
  const source = keptOffer(row.source, row.envelope);
  const waivers = { ...NO_WAIVERS, forced: row.forced };
  const kept = await candidateAt(device, source, waivers, signal, refusedBy(device, source));
  return kept === undefined ? [] : [kept];
}

function keptOffer(name: string, envelope: Uint8Array): Source {
  const gone = async (): Promise<never> => {
    throw new AgentError('SOURCE_UNREADABLE', `${name} is not there any more; plug the medium in again.`, {
      facts: { path: name },
    });
  };
  return {
    name,
    offer: async () => ({ kind: 'offer', envelope, etag: undefined }),
    // The copy of the one that lay beside it, as long as that one is believed.
    channel: async (etag) => (etag === undefined ? undefined : { kind: 'unchanged' }),
    read: gone,
    range: gone,
    close: async () => undefined,
  };
}

async function candidateAt(
  device: Device,
  source: Source,
  waivers: Waivers,
  signal: AbortSignal,
  refused: (error: AgentError) => void,
): Promise<Candidate | undefined> {
  try {
    const answer = await source.offer(undefined, signal);
    if (answer.kind === 'unchanged') return undefined;
    const { identity, manifest } = await verify(device, answer.envelope, waivers);
    if (identity === device.profile.bootedIdentity || isCancelled(device, identity)) return undefined;
    return { source, version: manifest.version };
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!(error instanceof AgentError)) throw error;
    refused(error);
    return undefined;
  }
}

/** The first one of equals. */
function greatest(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, next) => (best === undefined || isGreater(next.version, best.version) ? next : best),
    undefined,
  );
}
