/** The package.json beside the program, in the project's folder or on a device: version, and for which Node it is. */
import { readFileSync } from 'node:fs';

/** As it is; who uses a field checks it. */
export function packageFacts(): { readonly version: string } {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return JSON.parse(text) as { version: string };
}
