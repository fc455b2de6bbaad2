/** Sources as the configuration describes them: its base URLs, or an address that a person gave. */
import type { Config } from '../config.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { expandUrl, folderOf, namesFolder, placesOf, type UrlFacts } from '../model/url-template.ts';
import type { Source } from '../ports.ts';
import { httpSettings } from './configured-http.ts';
import { createFolderSource } from './folder-source.ts';
import { readHeadersFile } from './headers-file.ts';
import { createHttpSource } from './http-source.ts';

/** The configured server for this device; undefined when there is none. Error: CONFIG_INVALID. */
export async function configuredSource(
  config: Config,
  device: Pick<Device, 'id' | 'release' | 'keys'>,
): Promise<Source | undefined> {
  const templates = config.values['server.base-urls'];
  if (templates.length === 0) return undefined;
  const addresses = await fillPlaces(config, device, templates);
  const [first = ''] = addresses;
  const folder = namesFolder(addresses) ? folderOf(first) : undefined;
  return folder === undefined ? httpSource(config, addresses) : createFolderSource(folder);
}

/**
 * As `configuredSource`, for who has to start: what is wrong with it is told by each of its answers, and keeps no trial
 * from coming to its end.
 */
export async function sourceToRunWith(
  config: Config,
  device: Pick<Device, 'id' | 'release' | 'keys'>,
): Promise<Source | undefined> {
  try {
    return await configuredSource(config, device);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const tell = async (): Promise<never> => {
      throw error;
    };
    const name = 'the configured server';
    return { name, offer: tell, read: tell, range: tell, close: async () => undefined };
  }
}

/** Addresses with their places filled in by facts of this device. */
export async function fillPlaces(
  config: Config,
  device: Pick<Device, 'id' | 'release' | 'keys'>,
  templates: readonly string[],
): Promise<readonly string[]> {
  const key = placesOf(templates).includes('key') ? await firstKey(device) : UNKNOWN;
  const facts = urlFacts(config, device, key);
  return templates.map((template) => expandUrl(template, facts));
}

const UNKNOWN = 'default';

function urlFacts(
  { values }: Config,
  { id, release }: Pick<Device, 'id' | 'release'>,
  key: string,
): UrlFacts {
  const [product = UNKNOWN, board = UNKNOWN] = values['device.compatible'].split('/');
  return {
    product,
    board,
    version: release.version,
    build: String(release.sequence),
    device: id,
    key,
    group: values['device.labels'][0] ?? UNKNOWN,
    region: values['device.region'] || UNKNOWN,
  };
}

/** A key folder that is broken is told where it counts, when a release is verified. */
async function firstKey({ keys }: Pick<Device, 'keys'>): Promise<string> {
  try {
    return (await keys()).ring.keys[0]?.keyId ?? UNKNOWN;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return UNKNOWN;
  }
}

/**
 * A source by its address: http(s) URL, `file:///...`, else a folder or mount point. `rateLimit` in bytes per second
 * stands in for the configured one; a folder has none. Error: CONFIG_INVALID.
 */
export function openSource(config: Config, text: string, rateLimit?: number): Source {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return httpSource(config, [text], rateLimit);
  if (scheme === undefined) return createFolderSource(text);
  const folder = folderOf(text);
  if (folder !== undefined) return createFolderSource(folder);
  throw new AgentError(
    'CONFIG_INVALID',
    `No release is read from this ${scheme}:// address; name an http(s) URL, file:///FOLDER, a folder or a mount point.`,
    { facts: { scheme } },
  );
}

function httpSource(
  config: Config,
  baseUrls: readonly string[],
  rateLimit = config.values['server.rate-limit'],
): Source {
  const secretHeaders = readHeadersFile(config.values['server.headers-file']);
  return createHttpSource({ baseUrls, secretHeaders, ...httpSettings(config, rateLimit) });
}
