/**
 * Which place the next walk asks: the server, or a medium that was plugged in. The greater release wins; of equals the
 * medium's, which costs no bytes of the line. Judging writes nothing, and no medium waives anything (rule 12).
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { isGreater } from '../model/verified-manifest.ts';
import type { Media, Source } from '../ports.ts';
import { isCancelled } from './persons.ts';
import { Stopped } from './stopped.ts';
import { verify } from './verify.ts';

/** A place whose release this device would take. */
interface Candidate {
  readonly source: Source;
  readonly version: string;
}

/** Undefined: there is neither. `media` undefined: none are looked at. Errors: Stopped; those of boot control and vault. */
export async function chooseSource(
  device: Device,
  server: Source | undefined,
  media: Media | undefined,
  signal: AbortSignal,
): Promise<Source | undefined> {
  if (media === undefined) return server;
  const local = greatest([...(await onMedia(device, media, signal)), ...keptWithoutMedium(device, media)]);
  if (local === undefined || server === undefined) return local?.source ?? server;
  const remote = await candidateAt(device, server, signal, () => undefined);
  return remote !== undefined && isGreater(remote.version, local.version) ? server : local.source;
}

async function onMedia(device: Device, media: Media, signal: AbortSignal): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const source of await media.sources()) {
    const candidate = await candidateAt(device, source, signal, (error) =>
      device.reporter.happened('medium-refused', `${source.name} is not installed: ${error.message}`, {
        source: source.name,
        code: error.code,
      }),
    );
    if (candidate !== undefined) found.push(candidate);
  }
  return found;
}

/** A release that needs its medium no more: whole in the slot, and waiting for a gate, the cooker or the next boot. */
function keptWithoutMedium({ booted, store }: Device, media: Media): readonly Candidate[] {
  const row = store.deployment();
  if (row === undefined || row.state === 'fetching' || row.slot === booted || !media.owns(row.source))
    return [];
  return [{ source: keptOffer(row.source, row.envelope), version: row.version }];
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
    read: gone,
    range: gone,
    close: async () => undefined,
  };
}

async function candidateAt(
  device: Device,
  source: Source,
  signal: AbortSignal,
  refused: (error: AgentError) => void,
): Promise<Candidate | undefined> {
  try {
    const answer = await source.offer(undefined, signal);
    if (answer.kind === 'unchanged') return undefined;
    const { identity, manifest } = await verify(device, answer.envelope, { forced: false, retried: false });
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
