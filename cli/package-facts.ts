/** The package.json beside the program, in the project's folder or on a device: version, and for which Node it is. */
import { existsSync, readFileSync } from 'node:fs';

/** Seen from the compiled program, and from the source. */
const PLACES = ['../../package.json', '../package.json'].map((path) => new URL(path, import.meta.url));

/** As it is; who uses a field checks it. */
export function packageFacts(): { readonly version: string } {
  const place = PLACES.find((url) => existsSync(url)) ?? 'package.json';
  return JSON.parse(readFileSync(place, 'utf8')) as { version: string };
}
