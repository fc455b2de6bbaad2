/**
 * Base URLs with places for facts of the device, so that a plain static server can have a folder for each product,
 * version or group. Pure; it knows no URL beyond its text.
 */
/** What a place may name; `why` is printed in agent/README.md. */
export const URL_PLACES = {
  product: 'of `device.compatible`, before the slash',
  board: 'of `device.compatible`, after the slash',
  version: 'of the booted release',
  build: 'sequence of the booted release',
  device: 'id of the device',
  key: 'id of the first key in `paths.keys`, by the name of its file: moves devices to another folder as keys are rotated',
  group: 'the first of `device.labels`, or `default`',
  region: '`device.region`, or `default`',
} as const;

export type UrlPlace = keyof typeof URL_PLACES;
export type UrlFacts = Readonly<Record<UrlPlace, string>>;

const PLACE = /\{([^{}]*)\}/g;

/** A fact is one path segment, whatever it holds. What is no place stays: the configuration has refused it. */
export function expandUrl(template: string, facts: UrlFacts): string {
  return template.replace(PLACE, (place, name: string) => (isPlace(name) ? segmentOf(facts[name]) : place));
}

/** Names between braces, known or not. */
export function placesOf(templates: readonly string[]): readonly string[] {
  return templates.flatMap((template) => [...template.matchAll(PLACE)].map(([, name = '']) => name));
}

/** Is there a folder among these addresses? Then it has to stand alone: mirrors are servers. */
export function namesFolder(addresses: readonly string[]): boolean {
  return addresses.some((address) => /^file:/i.test(address));
}

/** The absolute path that a `file:///...` names; undefined when it names none on this machine. */
export function folderOf(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'file:' || url.host !== '' || /%2f|%00/i.test(url.pathname)) return undefined;
  try {
    return decodeURIComponent(url.pathname);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** `.` and `..` alone would be a way out of the folder. */
function segmentOf(fact: string): string {
  return /^\.{1,2}$/.test(fact) ? '_' : encodeURIComponent(fact);
}

/** Is it a place that this agent can fill? */
export function isPlace(name: string): name is UrlPlace {
  return Object.hasOwn(URL_PLACES, name);
}
