/** The source that a person names: an address or a folder. Must not know what is read from it. */
import { InvalidArgumentError } from 'commander';

/** An empty word is a script's unset variable, and would be the current folder. */
export function parseSource(text: string): string {
  if (text === '') throw new InvalidArgumentError('A source is an http(s) URL, a folder or a mount point.');
  return text;
}
